/** K3s: one binary, one service a machine, etcd inside the servers when there are several. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import type { Platform, PlatformCluster, PlatformMachine } from '../platform.js';
import { configYaml } from './config.js';
import { installStep, startStep } from './steps.js';

export const k3s: Platform = {
  type: 'K3S',
  bootMethods: ['TEMPLATE', 'ISO', 'PXE', 'HYBRID'],
  kubeconfigPath: '/etc/rancher/k3s/k3s.yaml',
  faults,
  // The installer reads these: a user's own `curl -sfL https://get.k3s.io | sh -` gets the version and the role of
  // this machine, and leaves the first start to us, who have the configuration by then.
  bootEnvironment: (machine, cluster) => ({
    INSTALL_K3S_VERSION: cluster.definition.version,
    INSTALL_K3S_EXEC: kindOf(machine),
    INSTALL_K3S_SKIP_START: 'true',
  }),
  prepare: (machine, cluster) => [
    installStep({
      kind: kindOf(machine),
      version: cluster.definition.version,
      installUrl: cluster.k3sInstallUrl,
    }),
  ],
  join: (machine, cluster) => [startStep(kindOf(machine), configYaml(machine, cluster))],
  embeddedEtcd: (cluster: PlatformCluster) => cluster.controlPlane.length > 1,
};

function kindOf(machine: PlatformMachine): 'server' | 'agent' {
  return machine.role === 'CONTROL_PLANE' ? 'server' : 'agent';
}

function faults(definition: ClusterDefinition): Fault[] {
  const found: Fault[] = [];
  definition.nodeGroups.forEach((group, index) => {
    if (group.role === 'BOOTSTRAP') {
      found.push({
        pointer: `/nodeGroups/${index}/role`,
        detail: 'K3S has no BOOTSTRAP machines; use CONTROL_PLANE, WORKER, INFRA or BASTION',
      });
    }
  });
  definition.services.forEach((service, index) => {
    // The bastion serves network boot, whatever boots from it.
    if (service.type === 'PXE_BOOT') return;
    found.push({
      pointer: `/services/${index}/type`,
      detail: `service "${service.name}" of type ${service.type} cannot be provided for K3S`,
    });
  });
  return found;
}
