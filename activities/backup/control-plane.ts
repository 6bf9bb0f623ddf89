/** The machines of a cluster whose etcd can be asked. */
import type { ClusterDefinition, NodeGroup } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import type { Store } from '../../store/store.js';
import type { GuestTarget } from '../ssh/guest-access.js';

/** Who may log in on Fedora CoreOS and its kin. */
const CORE_USER = 'core';

export interface ControlPlaneMachine extends GuestTarget {
  readonly name: string;
}

/** In the order in which they were made. @throws `BACKUP_SNAPSHOT_FAILED` when the ledger has none. */
export async function controlPlaneMachines(
  { machines, addresses }: Pick<Store, 'machines' | 'addresses'>,
  { clusterUid, definition }: { readonly clusterUid: string; readonly definition: ClusterDefinition },
): Promise<readonly ControlPlaneMachine[]> {
  const leases = new Map(
    (await addresses.ofCluster(clusterUid)).map(({ machine, address }) => [machine, address]),
  );
  const found = (await machines.ofCluster(clusterUid)).flatMap(({ name, uuid }): ControlPlaneMachine[] => {
    const group = groupOf(definition, name);
    const address = leases.get(name);
    if (group?.role !== 'CONTROL_PLANE' || address === undefined) return [];
    const user = definition.type === 'OKD' ? CORE_USER : group.template.cloudInit.user;
    return [{ clusterUid, machineUuid: uuid, name, address, user }];
  });
  if (found.length > 0) return found;
  throw fail('BACKUP_SNAPSHOT_FAILED', `the ledger has no control-plane machine of "${definition.name}"`);
}

/** Names of machines are built by `nodeName` of `domain/ids.ts`; that of a group may itself end in a number. */
function groupOf({ name: cluster, nodeGroups }: ClusterDefinition, machine: string): NodeGroup | undefined {
  return nodeGroups.find(({ name }) => {
    const prefix = `${cluster}-${name}-`;
    return machine.startsWith(prefix) && /^\d+$/.test(machine.slice(prefix.length));
  });
}
