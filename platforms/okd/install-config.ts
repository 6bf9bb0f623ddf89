/** `install-config.yaml` for machines that are made by others, which OKD calls platform "none". */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { PlatformCluster } from '../platform.js';
import { okdConfig } from './okd-config.js';

/** The size of each machine's part of the pod network. */
export const HOST_PREFIX = 23;
/** OKD's images are public: any entry will do, and one there must be. */
const NO_PULL_SECRET = '{"auths":{"fake":{"auth":"aWQ6cGFzcwo="}}}';

/** YAML; holds the placeholder of the pull secret, not the secret. */
export function installConfig({ definition }: Pick<PlatformCluster, 'definition'>): string {
  const { name, network } = definition;
  const settings: readonly (readonly [key: string, value: unknown])[] = [
    ['apiVersion', 'v1'],
    ['baseDomain', network.domain],
    ['metadata', { name }],
    // Workers are machines that we make: the installer makes none.
    ['compute', [{ name: 'worker', architecture: 'amd64', hyperthreading: 'Enabled', replicas: 0 }]],
    [
      'controlPlane',
      { name: 'master', architecture: 'amd64', hyperthreading: 'Enabled', replicas: mastersOf(definition) },
    ],
    [
      'networking',
      {
        networkType: 'OVNKubernetes',
        clusterNetwork: [{ cidr: network.podCidr, hostPrefix: HOST_PREFIX }],
        serviceNetwork: [network.serviceCidr],
        machineNetwork: [{ cidr: network.cidr }],
      },
    ],
    ['platform', { none: {} }],
  ];
  const pullSecret = okdConfig(definition).pullSecret === null ? NO_PULL_SECRET : '{{secret:pull-secret}}';
  // JSON is YAML, and nothing breaks out of its quotes; a secret, which is filled in later, stands in a block.
  return [
    ...settings.map(([key, value]) => `${key}: ${JSON.stringify(value)}`),
    `pullSecret: |-\n  ${pullSecret}`,
    'sshKey: |-\n  {{secret:ssh-public-key}}',
    '',
  ].join('\n');
}

/** Where nobody else takes work, masters do. */
export function mastersSchedulable({ nodeGroups }: Pick<ClusterDefinition, 'nodeGroups'>): boolean {
  return !nodeGroups.some(({ role, count }) => (role === 'WORKER' || role === 'INFRA') && count > 0);
}

export function mastersOf({ nodeGroups }: Pick<ClusterDefinition, 'nodeGroups'>): number {
  return nodeGroups.filter(({ role }) => role === 'CONTROL_PLANE').reduce((sum, { count }) => sum + count, 0);
}

/** How many machines find a part of the pod network. */
export function mostNodes(podCidr: string): number {
  const prefixLength = Number(podCidr.slice(podCidr.indexOf('/') + 1));
  return prefixLength > HOST_PREFIX ? 0 : 2 ** (HOST_PREFIX - prefixLength);
}
