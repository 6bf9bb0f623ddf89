/** Which machines a scale adds, and which it takes away. */
import type { ClusterDefinition, NodeGroup } from '../cluster-definition.js';
import { nodeName } from '../ids.js';
import type { PlannedMachine } from '../plan.js';

export interface ScaleChanges {
  /** Ordinals that no machine of the cluster ever had, in ascending order. */
  readonly added: readonly number[];
  /** Names, in the order in which the machines go. */
  readonly removed: readonly string[];
}

export interface ChangesInput {
  readonly cluster: string;
  readonly group: Pick<NodeGroup, 'name' | 'role'>;
  readonly targetCount: number;
  /** All machines of the cluster that there are, in the order of its plan. */
  readonly machines: readonly PlannedMachine[];
  /** Names of all machines that the cluster ever had. */
  readonly namesEver: readonly string[];
  /** Members of etcd that do not answer: what is broken goes first, and costs no vote that counts. */
  readonly unhealthy: readonly string[];
}

/**
 * Of those that are there, the ones that came last go first. The first machine of the control plane stays: without a
 * load balancer the others know the cluster by its address.
 */
export function scaleChanges(input: ChangesInput): ScaleChanges {
  const { group, targetCount, machines, unhealthy } = input;
  const present = machines.filter((machine) => machine.group === group.name);
  const missing = targetCount - present.length;
  if (missing >= 0) {
    const last = lastOrdinal(input);
    return { added: Array.from({ length: missing }, (_, n) => last + n + 1), removed: [] };
  }
  const first = machines.find(({ role }) => role === 'CONTROL_PLANE')?.name;
  const rank = ({ name }: PlannedMachine): number => Number(unhealthy.includes(name));
  const going = present
    .filter(({ name }) => name !== first)
    .toSorted((a, b) => rank(b) - rank(a) || b.ordinal - a.ordinal)
    .slice(0, -missing);
  return { added: [], removed: going.map(({ name }) => name) };
}

/** A name is never given twice: what others remember of the machine that had it is not true of another one. */
function lastOrdinal({ cluster, group, machines, namesEver }: ChangesInput): number {
  const prefix = nodeName(cluster, group.name, 0).slice(0, -1);
  const ever = namesEver
    .filter((name) => name.startsWith(prefix) && /^\d+$/.test(name.slice(prefix.length)))
    .map((name) => Number(name.slice(prefix.length)));
  const present = machines.filter((machine) => machine.group === group.name).map(({ ordinal }) => ordinal);
  return Math.max(0, ...ever, ...present);
}

/** The definition with that many machines in the group. */
export function withCount(definition: ClusterDefinition, group: string, count: number): ClusterDefinition {
  return {
    ...definition,
    nodeGroups: definition.nodeGroups.map((one) => (one.name === group ? { ...one, count } : one)),
  };
}
