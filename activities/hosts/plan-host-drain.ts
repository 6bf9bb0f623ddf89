/** Plans the drain of a host, by what was seen and by what the definitions of its clusters say. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { DrainRequest } from '../../domain/hosts/drain-request.js';
import { planDrain, type DrainPlan, type MachineGroup } from '../../domain/hosts/drain-plan.js';
import type { HostSight, MoveFacts } from '../../domain/hosts/guest-facts.js';
import { groupOf } from '../../domain/ids.js';
import type { Inventory } from '../../domain/inventory.js';
import { withServices } from '../../domain/services/service-groups.js';
import { upcastDefinition } from '../../domain/upcast.js';
import { placeMachines } from '../../placement/place-machines.js';
import type { Store } from '../../store/store.js';
import { withMarks } from '../planning/marked-hosts.js';

export interface PlanHostDrainRequest {
  readonly host: string;
  readonly request: Pick<DrainRequest, 'clusters' | 'targets'>;
  readonly inventory: Inventory;
  readonly sight: HostSight;
  readonly facts: readonly MoveFacts[];
}

/** More than anybody has. */
const MOST_CLUSTERS = 10_000;

export async function planHostDrain(
  store: Pick<Store, 'clusters' | 'hosts'>,
  { host, request, inventory, sight, facts }: PlanHostDrainRequest,
): Promise<DrainPlan> {
  const records = await store.clusters.list({ includeGone: false, limit: MOST_CLUSTERS });
  const definitions = new Map(
    records.map(({ name, definition }) => [name, withServices(upcastDefinition(definition))]),
  );
  const { hosts } = await withMarks(store, inventory);
  return planDrain({
    ...{ host, request, hosts, guests: sight.guests, facts, place: placeMachines },
    groupOf: (cluster, machine) => machineGroup(definitions.get(cluster), machine),
  });
}

function machineGroup(definition: ClusterDefinition | undefined, machine: string): MachineGroup | null {
  const name = definition && groupOf(definition.name, machine);
  const group = definition?.nodeGroups.find((one) => one.name === name);
  if (group === undefined) return null;
  const { antiAffinity, targetNodes, preferredNodes } = group.placement;
  return { name: group.name, role: group.role, antiAffinity, targetNodes, preferredNodes };
}
