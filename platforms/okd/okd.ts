/** OKD: machines that are told by Ignition what they become, a bootstrap machine that goes when the masters stand. */
import { coreOsBoot, type CoreOsTemplate } from '../../domain/boot/coreos-profile.js';
import type { ClusterDefinition, NodeGroup } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import type { BalancedPort, Platform } from '../platform.js';
import { mastersOf, mostNodes } from './install-config.js';
import { installHostSteps } from './install-steps.js';
import { okdConfig } from './okd-config.js';
import { BOOTSTRAP_STEP, FIRST_BOOT_STEP } from './steps.js';

const BALANCED: readonly BalancedPort[] = [
  {
    service: 'api',
    port: 6_443,
    roles: ['BOOTSTRAP', 'CONTROL_PLANE'],
    check: { kind: 'https', path: '/readyz' },
  },
  {
    service: 'machine-config',
    port: 22_623,
    roles: ['BOOTSTRAP', 'CONTROL_PLANE'],
    check: { kind: 'https', path: '/healthz' },
  },
  { service: 'ingress', port: 80, roles: ['WORKER', 'INFRA', 'CONTROL_PLANE'], check: { kind: 'tcp' } },
  { service: 'ingress', port: 443, roles: ['WORKER', 'INFRA', 'CONTROL_PLANE'], check: { kind: 'tcp' } },
];

export const okd: Platform = {
  type: 'OKD',
  bootMethods: ['PXE'],
  system: 'IGNITION',
  balanced: BALANCED,
  // The install programme makes and hands out all of them.
  kubeconfigPath: null,
  secrets: () => [],
  faults,
  bootEnvironment: () => ({}),
  prepare: () => [FIRST_BOOT_STEP],
  join: ({ role }) => (role === 'BOOTSTRAP' ? [BOOTSTRAP_STEP] : []),
  // Its operator adds the members, and tells of them nowhere in the nodes.
  votes: () => false,
  // The bootstrap machine holds etcd together until all of them are there.
  joinOrder: () => 'AT_ONCE',
  // There is no medium that Ignition would read.
  networkBoot: ({ boot, role }, definition) => {
    if (role === 'BASTION') return boot;
    return {
      ...boot,
      delivery: 'NETWORK',
      ...(boot.kernel === null ? coreOsBoot(okdConfig(definition)) : {}),
    };
  },
  installHost: (definition) => installHostSteps({ definition }),
  // Each release decides it: 4.19.0 has some patch release of Kubernetes 1.32.
  nodeVersion: () => null,
};

function faults(definition: ClusterDefinition): Fault[] {
  const { nodeGroups, services, network } = definition;
  const found: Fault[] = [];
  const refuse = (pointer: string, detail: string): void => void found.push({ pointer, detail });
  const count = (...roles: readonly string[]): number =>
    nodeGroups.filter(({ role }) => roles.includes(role)).reduce((sum, group) => sum + group.count, 0);

  if (mastersOf(definition) !== 3) refuse('/nodeGroups', 'OKD needs exactly 3 CONTROL_PLANE machines');
  if (count('BOOTSTRAP') !== 1) refuse('/nodeGroups', 'OKD needs exactly one BOOTSTRAP machine');
  nodeGroups.forEach((group, index) => {
    const { role, lifecycle, template, boot } = group;
    const wanted = templateOf(group);
    if (boot.configTemplate !== null && boot.configTemplate !== wanted) {
      const detail =
        wanted === null ? 'is for machines of OKD, which this is none of' : `must be ${wanted} for ${role}`;
      refuse(`/nodeGroups/${index}/boot/configTemplate`, detail);
    }
    if (role === 'BOOTSTRAP' && !lifecycle.temporary) {
      refuse(`/nodeGroups/${index}/lifecycle/temporary`, 'the BOOTSTRAP machine of OKD goes after bootstrap');
    }
    const { packages, runCmd } = template.cloudInit;
    if (role !== 'BASTION' && packages.length + runCmd.length > 0) {
      refuse(`/nodeGroups/${index}/template/cloudInit`, 'machines of OKD have no cloud-init');
    }
  });
  const nodes = count('CONTROL_PLANE', 'WORKER', 'INFRA');
  if (nodes > mostNodes(network.podCidr)) {
    refuse('/network/podCidr', `has room for ${mostNodes(network.podCidr)} machines, and there are ${nodes}`);
  }
  const balancer = services.find(({ type }) => type === 'LOAD_BALANCER');
  if (balancer?.type !== 'LOAD_BALANCER') {
    refuse('/services', 'OKD needs a LOAD_BALANCER for api, machine-config and ingress');
  } else {
    const missing = (['api', 'machine-config', 'ingress'] as const).filter(
      (name) => !balancer.configuration.services.includes(name),
    );
    if (missing.length > 0) {
      const pointer = `/services/${services.indexOf(balancer)}/configuration/services`;
      refuse(pointer, `OKD needs ${missing.join(', ')} there, too`);
    }
  }
  if (!services.some(({ type }) => type === 'PXE_BOOT')) refuse('/services', 'OKD needs a PXE_BOOT service');
  return found;
}

/** `null`: the group's machines are no nodes. */
function templateOf({ role }: NodeGroup): CoreOsTemplate | null {
  switch (role) {
    case 'BOOTSTRAP':
      return 'scos-bootstrap';
    case 'CONTROL_PLANE':
      return 'scos-master';
    case 'WORKER':
    case 'INFRA':
      return 'scos-worker';
    case 'BASTION':
    case 'SERVICE':
      return null;
  }
}
