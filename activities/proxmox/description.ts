/** The description that a VM gets in the very call that makes it. */
import { ownershipMark, type MachineIdentity } from '../../domain/machine.js';
import type { PlannedMachine } from '../../domain/plan.js';

/** Proxmox VE takes 8 KiB; the rest is left for what it makes of line ends and the like. */
const MOST_CHARACTERS = 6_000;

/** First the mark that proves ownership, then lines for people. */
export function vmDescription(identity: MachineIdentity, machine: PlannedMachine): string {
  const lines = [
    `${machine.role} machine ${machine.ordinal} of group ${machine.group}, cluster ${identity.cluster}.`,
    'Kept by Clusterwright: it stops recognising this VM when the first line is changed.',
    ...Object.entries(machine.metadata).map(([key, value]) => `${oneLine(key)}: ${oneLine(value)}`),
  ];
  return `${ownershipMark(identity)}\n\n${lines.join('\n\n').slice(0, MOST_CHARACTERS)}`;
}

/** A value must not add lines of its own: each line of a description can be a mark. */
function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}
