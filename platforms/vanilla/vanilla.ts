/** Kubernetes as its own project ships it: packages, containerd, kubeadm, and a network of one's choice. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import type { GuestStep } from '../../domain/guest-step.js';
import type { VanillaPlatformConfig } from '../../domain/platform-config.js';
import type { Platform, PlatformCluster, PlatformMachine } from '../platform.js';
import { admitStep } from './admit-step.js';
import { API_PORT } from './api-address.js';
import { certificatesStep } from './certificates-step.js';
import { containerdStep } from './containerd-step.js';
import { formStep } from './form-step.js';
import { joinStep } from './join-step.js';
import { kubeVipSteps } from './kube-vip-step.js';
import { networkStep } from './network-step.js';
import { packagesStep } from './packages-step.js';
import { ADMIN_KUBECONFIG } from './paths.js';
import { kernelStep, swapStep } from './prepare-steps.js';
import { releaseOf } from './release.js';
import { restore } from './restore.js';
import { clusterSecrets } from './secrets.js';
import { tokenRotation } from './token-rotation.js';
import { upgradeSteps } from './upgrade-steps.js';

export const vanilla = {
  type: 'VANILLA',
  system: 'CLOUD_INIT',
  bootMethods: ['TEMPLATE', 'ISO', 'PXE', 'HYBRID'],
  kubeconfigPath: ADMIN_KUBECONFIG,
  faults,
  secrets: clusterSecrets,
  balanced: [
    {
      service: 'api',
      port: API_PORT,
      roles: ['CONTROL_PLANE'],
      check: { kind: 'https', path: '/readyz' },
    },
    { service: 'ingress', port: 80, roles: ['WORKER', 'INFRA'], check: { kind: 'tcp' } },
    { service: 'ingress', port: 443, roles: ['WORKER', 'INFRA'], check: { kind: 'tcp' } },
  ],
  bootEnvironment: (_machine, { definition }) => ({ KUBERNETES_VERSION: definition.version }),
  prepare: (_machine, { definition, settings }) => {
    const release = releaseOf(definition.version);
    return [
      kernelStep(definition.network.podCidr.includes(':')),
      swapStep(),
      packagesStep(release, settings.kubernetesPackagesUrl),
      containerdStep(release, definition.platformConfig as unknown as VanillaPlatformConfig),
    ];
  },
  join,
  upgradeSteps,
  certificateSteps: (machine) => (machine.role === 'CONTROL_PLANE' ? [certificatesStep(machine)] : []),
  tokenRotation,
  restore,
  // Nodes say nothing of etcd: kubeadm ends when the machine votes, and its label on the node tells.
  votes: () => false,
  joinOrder: () => 'ONE_BY_ONE',
  nodeVersion: ({ version }) => version,
} as const satisfies Platform;

function join(machine: PlatformMachine, cluster: PlatformCluster): readonly GuestStep[] {
  const [first] = cluster.controlPlane;
  if (first === undefined || first.name === machine.name) {
    return [formStep(machine, cluster), networkStep(machine, cluster)];
  }
  const isServer = machine.role === 'CONTROL_PLANE';
  return [admitStep(machine, first), joinStep(machine, cluster), ...(isServer ? kubeVipSteps(cluster) : [])];
}

function faults(definition: ClusterDefinition): Fault[] {
  return definition.nodeGroups.flatMap((group, index) =>
    group.role === 'BOOTSTRAP'
      ? [
          {
            pointer: `/nodeGroups/${index}/role`,
            detail: 'kubeadm needs no BOOTSTRAP machine; use CONTROL_PLANE, WORKER, INFRA or BASTION',
          },
        ]
      : [],
  );
}
