/** The steps of a backup of VMs, in the order in which they are shown. */
import { machineStepId } from '../plan-steps.js';

export const VM_BACKUP_STEPS = { look: 'look', retention: 'retention' } as const;

export const VM_BACKUP_MACHINE_STEPS = {
  prove: 'prove-quorum',
  backUp: 'back-up-vm',
  back: 'wait-until-back',
} as const;
export type VmBackupMachineStep = (typeof VM_BACKUP_MACHINE_STEPS)[keyof typeof VM_BACKUP_MACHINE_STEPS];

const TITLES: Readonly<Record<VmBackupMachineStep, string>> = {
  'prove-quorum': 'Prove that the quorum is kept without it',
  'back-up-vm': 'Back its VM up',
  'wait-until-back': 'Wait until it is back',
};

/** @param isProved its quorum is. @param isAwaited it may be away for a moment, and that it came back can be seen. */
export function vmBackupMachineSteps(
  machine: string,
  { isProved, isAwaited }: { readonly isProved: boolean; readonly isAwaited: boolean },
) {
  const { prove, backUp, back } = VM_BACKUP_MACHINE_STEPS;
  const steps = [...(isProved ? [prove] : []), backUp, ...(isAwaited ? [back] : [])];
  return steps.map((step) => ({ id: machineStepId(machine, step), title: TITLES[step], machine }));
}

export function vmBackupSteps(keepLast: number | null) {
  const newest = keepLast === 1 ? 'the newest backup' : `the newest ${keepLast ?? 0} backups`;
  return [
    { id: VM_BACKUP_STEPS.look, title: 'Read the ledger', machine: null },
    ...(keepLast === null
      ? []
      : [{ id: VM_BACKUP_STEPS.retention, title: `Keep ${newest} of each machine`, machine: null }]),
  ];
}
