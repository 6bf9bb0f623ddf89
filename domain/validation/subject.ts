/** What is validated, and what it is held against. */
import type { ClusterDefinition, MachineRole, NodeGroup } from '../cluster-definition.js';
import { isNode } from '../plan-steps.js';
import type { NodeRecord } from '../step-record.js';

/** A machine that the cluster has. */
export interface ValidatedMachine {
  /** Host name, VM name and Kubernetes node name. */
  readonly name: string;
  readonly group: string;
  readonly role: MachineRole;
  readonly address: string;
}

/** Medians of what earlier validations of the cluster measured, by the name of the measure. */
export type Baseline = Readonly<Record<string, number>>;

export interface ValidationSubject {
  /** With the groups of its services. */
  readonly definition: ClusterDefinition;
  readonly machines: readonly ValidatedMachine[];
  readonly baseline: Baseline;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

/** Without those that were only needed to make the cluster. */
export function validatedMachines(nodes: readonly NodeRecord[]): ValidatedMachine[] {
  return nodes
    .filter(({ role }) => role !== 'BOOTSTRAP')
    .map(({ name, group, role, address }) => ({ name, group, role: role as MachineRole, address }));
}

export function nodesOf({ machines }: Pick<ValidationSubject, 'machines'>): ValidatedMachine[] {
  return machines.filter(isNode);
}

/** Those that are managed over SSH; the others only have the API of Talos. */
export function guestsOf({
  definition,
  machines,
}: Pick<ValidationSubject, 'definition' | 'machines'>): ValidatedMachine[] {
  return definition.type === 'TALOS' ? machines.filter((machine) => !isNode(machine)) : [...machines];
}

export function groupOf(
  { definition }: Pick<ValidationSubject, 'definition'>,
  { group }: Pick<ValidatedMachine, 'group'>,
): NodeGroup | undefined {
  return definition.nodeGroups.find(({ name }) => name === group);
}
