/** What of a definition cannot be done with Talos. */
import type { ClusterDefinition, NodeGroup } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import type { TalosPlatformConfig } from '../../domain/platform-config.js';
import { isKubeVip } from '../../domain/services/api-endpoint.js';
import { picksInterface } from './picks-interface.js';

export function talosFaults(definition: ClusterDefinition): Fault[] {
  const config = definition.platformConfig as unknown as TalosPlatformConfig;
  return [
    ...definition.nodeGroups.flatMap((group, index) =>
      group.role === 'BASTION' ? [] : groupFaults(group, `/nodeGroups/${index}`),
    ),
    ...sharedAddressFaults(definition),
    ...config.patches.flatMap((patch, index) => patchFaults(patch, `/platformConfig/patches/${index}`)),
  ];
}

/** Flannel finds its interface by the way to the API's address, which on the machine that has it is no interface at all. */
function sharedAddressFaults(definition: ClusterDefinition): Fault[] {
  if (!isKubeVip(definition) || !picksInterface(definition)) return [];
  const index = definition.services.findIndex(({ type }) => type === 'LOAD_BALANCER');
  const detail =
    'must not be KUBE_VIP with Flannel where machines have several interfaces or another way out than the gateway';
  return [{ pointer: `/services/${index}/configuration/kind`, detail }];
}

function groupFaults({ boot, template, role, taints }: NodeGroup, pointer: string): Fault[] {
  const { packages, runCmd } = template.cloudInit;
  const faults: Fault[] = [];
  if (boot.delivery === 'NETWORK') {
    const detail = 'a machine with Talos finds its first address on a medium: use MEDIUM';
    faults.push({ pointer: `${pointer}/boot/delivery`, detail });
  }
  if (packages.length > 0) {
    const detail = 'Talos installs no packages; extensions are a part of its image';
    faults.push({ pointer: `${pointer}/template/cloudInit/packages`, detail });
  }
  if (runCmd.length > 0) {
    const detail = 'Talos runs no commands; its configuration is patched in platformConfig.patches';
    faults.push({ pointer: `${pointer}/template/cloudInit/runCmd`, detail });
  }
  const keys = taints.map(({ key }) => key);
  const repeated = keys.findIndex((key, index) => keys.indexOf(key) !== index);
  if (role === 'CONTROL_PLANE' && repeated >= 0) {
    const detail = `Talos keeps one taint of a key on a control-plane machine: ${keys[repeated]} is there twice`;
    faults.push({ pointer: `${pointer}/taints/${repeated}`, detail });
  }
  return faults;
}

/** What makes a machine a machine of this cluster, and no other: it is in the sealed store and in the plan. */
const OURS: readonly (readonly string[])[] = [
  ['machine', 'type'],
  ['machine', 'token'],
  ['machine', 'ca'],
  ['machine', 'network', 'hostname'],
  ['cluster', 'id'],
  ['cluster', 'secret'],
  ['cluster', 'token'],
  ['cluster', 'ca'],
  ['cluster', 'aggregatorCA'],
  ['cluster', 'serviceAccount'],
  ['cluster', 'etcd', 'ca'],
  ['cluster', 'secretboxEncryptionSecret'],
  ['cluster', 'controlPlane', 'endpoint'],
];

function patchFaults(patch: Readonly<Record<string, unknown>>, pointer: string): Fault[] {
  if ('kind' in patch && 'apiVersion' in patch) return [];
  return OURS.filter((path) => holds(patch, path)).map((path) => ({
    pointer: `${pointer}/${path.join('/')}`,
    detail: 'is decided by the cluster itself and cannot be patched',
  }));
}

/** A part that is deleted as a whole counts too. */
function holds(patch: Readonly<Record<string, unknown>>, path: readonly string[]): boolean {
  let at: unknown = patch;
  for (const key of path) {
    if (typeof at !== 'object' || at === null) return false;
    const part = at as Readonly<Record<string, unknown>>;
    if (part['$patch'] === 'delete') return true;
    if (!(key in part)) return false;
    at = part[key];
  }
  return true;
}
