/** The removals that a decommission is made of, in the order in which they come. */
import type { MachineIdentity } from '../../domain/machine.js';
import { machineStepId } from '../../domain/plan-steps.js';
import { groupOf } from '../../domain/ids.js';
import { machinesInStages, type TeardownStage } from '../../domain/services/teardown.js';
import type { StepRecord } from '../../domain/step-record.js';

/** Machines that are removed at once: keeps a large cluster within the limits of one history. */
export const MAX_REMOVALS_AT_ONCE = 50;

/** What is removed at once. */
export interface Removals {
  readonly removals: readonly { readonly id: string; readonly identity: MachineIdentity }[];
  readonly records: boolean;
}

type DeclaredStep = Pick<StepRecord, 'id' | 'title' | 'machine'>;

export const REMOVE_RECORDS = {
  id: 'remove-records',
  title: 'Remove the names of the cluster',
  machine: null,
} as const;

/** The nodes first. @param stages what goes after them; `undefined`: all machines go at once, as they are listed. */
export function removalsIn(
  machines: readonly MachineIdentity[],
  stages: readonly TeardownStage[] | undefined,
): Removals[] {
  const members = stages === undefined ? [machines] : machinesInStages(machines, stages);
  return members.map((identities, index) => ({
    removals: identities.map((identity) => ({ id: machineStepId(identity.name, 'remove-vm'), identity })),
    records: stages?.[index - 1]?.records === true,
  }));
}

/** Of each stage. Their titles say what each one waits for. */
export function removalSteps(stages: readonly Removals[]): DeclaredStep[][] {
  let after = '';
  return stages.map(({ removals, records }, index) => {
    const steps: DeclaredStep[] = [
      ...removals.map(({ id, identity: { name, vmid } }) => ({
        id,
        title: `Remove VM ${vmid} (${name})${after}`,
        machine: name,
      })),
      ...(records ? [{ ...REMOVE_RECORDS, title: `${REMOVE_RECORDS.title}${after}` }] : []),
    ];
    if (steps.length > 0) after = ` after ${index === 0 ? 'the nodes' : words({ removals, records })}`;
    return steps;
  });
}

function words({ removals, records }: Removals): string {
  const groups = removals.map(({ identity: { cluster, name } }) => `"${groupOf(cluster, name) ?? name}"`);
  return [...new Set(groups), ...(records ? ['the names'] : [])].join(' and ');
}
