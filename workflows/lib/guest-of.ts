/** Where the steps of a machine are run. */
import type { GuestTarget } from '../../activities/ssh/guest-access.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { loginUser } from '../../domain/login-user.js';
import type { PlannedMachine } from '../../domain/plan.js';
import type { Reserved } from './reserve.js';

/** @returns `undefined` for a machine that was not reserved. */
export function guestOf(
  { nodeGroups }: Pick<ClusterDefinition, 'nodeGroups'>,
  { identities }: Pick<Reserved, 'identities'>,
  machine: PlannedMachine | undefined,
): GuestTarget | undefined {
  const identity = machine && identities.get(machine.name);
  const group = nodeGroups.find(({ name }) => name === machine?.group);
  if (machine === undefined || identity === undefined || group === undefined) return undefined;
  return {
    clusterUid: identity.clusterUid,
    machineUuid: identity.uuid,
    address: machine.network.address,
    user: loginUser(machine, group.template.cloudInit.user),
  };
}
