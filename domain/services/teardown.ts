/** In what order a cluster is taken down: in reverse of the order in which it was brought up. */
import type { ClusterDefinition, ServiceDependency } from '../cluster-definition.js';
import { groupOf } from '../ids.js';
import type { MachineIdentity } from '../machine.js';
import { runsInCluster } from './in-cluster.js';
import { recordsServerOf } from './name-server.js';
import { machinesOf } from './service-groups.js';
import { servicesBefore } from './startup-order.js';

/** What goes at once, when those that it served are gone. */
export interface TeardownStage {
  /** Of its machines: names of services and of bastion groups. */
  readonly groups: readonly string[];
  /** Whether the cluster's records go, which stand in a server that outlives it. */
  readonly records: boolean;
}

/**
 * What goes after the nodes; nothing for a cluster that nothing serves. Nodes have no order among themselves, whatever
 * their role: they serve only each other and what runs on them, and all of that goes. Bastions are last, as they were
 * there first, and may be the way out for all others. What runs in the cluster has no stage: it goes with the nodes.
 */
export function teardownStages({
  services,
  nodeGroups,
}: Pick<ClusterDefinition, 'services' | 'nodeGroups'>): TeardownStage[] {
  const stages: TeardownStage[] = [];
  let left = services.filter((service) => !runsInCluster(service));
  while (left.length > 0) {
    const needed = new Set(left.flatMap((service) => servicesBefore(service, left)));
    const free = left.filter(({ name }) => !needed.has(name));
    // No definition has a circle; a record that had one must go all the same.
    const going = free.length > 0 ? free : left;
    stages.push(stageOf(going));
    left = left.filter((service) => !going.includes(service));
  }
  const bastions = nodeGroups.filter(({ role }) => role === 'BASTION').map(({ name }) => name);
  return [...stages, { groups: bastions, records: false }].filter(
    ({ groups, records }) => groups.length > 0 || records,
  );
}

function stageOf(services: readonly ServiceDependency[]): TeardownStage {
  return {
    // Older definitions do not say it.
    groups: services.filter((service) => (machinesOf(service) ?? null) !== null).map(({ name }) => name),
    records: services.some((service) => recordsServerOf(service) !== null),
  };
}

/** @returns the nodes, and those of each stage; a machine that no stage names is taken for a node, and goes first. */
export function machinesInStages(
  machines: readonly MachineIdentity[],
  stages: readonly TeardownStage[],
): [nodes: MachineIdentity[], ...ofStages: MachineIdentity[][]] {
  const stageOfMachine = ({ cluster, name }: MachineIdentity): number =>
    stages.findIndex(({ groups }) => groups.includes(groupOf(cluster, name) ?? ''));
  const among = (stage: number): MachineIdentity[] =>
    // Where not all can go at once, those that were made last go first.
    machines.filter((machine) => stageOfMachine(machine) === stage).toReversed();
  return [among(-1), ...stages.map((_stage, index) => among(index))];
}
