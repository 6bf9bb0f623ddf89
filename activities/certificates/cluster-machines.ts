/** The nodes of a cluster with all that it takes to read their certificates. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { groupOf } from '../../domain/ids.js';
import { loginUser } from '../../domain/login-user.js';
import { isNode } from '../../domain/plan-steps.js';
import { upcastDefinition } from '../../domain/upcast.js';
import { platformOf } from '../../platforms/registry.js';
import type { Store } from '../../store/store.js';
import type { CertificateMachine } from './read-machine.js';

export async function clusterMachines(
  { machines, addresses }: Pick<Store, 'machines' | 'addresses'>,
  {
    clusterUid,
    definition: recorded,
  }: { readonly clusterUid: string; readonly definition: ClusterDefinition },
): Promise<CertificateMachine[]> {
  const definition = upcastDefinition(recorded);
  const { system } = platformOf(definition.type);
  const leases = await addresses.ofCluster(clusterUid);
  const addressOf = new Map(leases.map(({ machine, address }) => [machine, address]));
  return (await machines.ofCluster(clusterUid)).flatMap(({ name, uuid: machineUuid }) => {
    const group = definition.nodeGroups.find((each) => each.name === groupOf(definition.name, name));
    const address = addressOf.get(name);
    if (group === undefined || address === undefined || !isNode(group)) return [];
    const user = loginUser({ system }, group.template.cloudInit.user);
    const guest = system === 'TALOS' ? null : { clusterUid, machineUuid, address, user };
    return [{ name, address, guest, isControlPlane: group.role === 'CONTROL_PLANE' }];
  });
}
