/** What of a definition RKE2 cannot do. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';

/** `systemctl start rke2-server`, `systemctl enable --now rke2-agent.service` and their like. */
const STARTS_RKE2 = /\bsystemctl\b[^;&|]*(?:\b(?:start|restart)\b|--now\b)[^;&|]*\brke2-(?:server|agent)\b/;

export function faults({ nodeGroups, security }: ClusterDefinition): Fault[] {
  const found: Fault[] = [];
  if (!security.encryptSecretsAtRest) {
    found.push({
      pointer: '/security/encryptSecretsAtRest',
      detail: 'RKE2 always encrypts Secrets in etcd; leave it out or set it to true',
    });
  }
  nodeGroups.forEach((group, index) => {
    if (group.role === 'BOOTSTRAP') {
      found.push({
        pointer: `/nodeGroups/${index}/role`,
        detail: 'RKE2 has no BOOTSTRAP machines; use CONTROL_PLANE, WORKER, INFRA or BASTION',
      });
    }
    group.template.cloudInit.runCmd.forEach((line, position) => {
      // At first boot there is no configuration yet: a server would form a cluster of its own, for good.
      if (!STARTS_RKE2.test(line)) return;
      found.push({
        pointer: `/nodeGroups/${index}/template/cloudInit/runCmd/${position}`,
        detail: 'RKE2 must not be started at first boot, when it has no configuration yet; install it only',
      });
    });
  });
  return found;
}
