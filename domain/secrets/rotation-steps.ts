/** The steps of a rotation of secrets, by name: shown in this order. */
import { machineStepId } from '../plan-steps.js';

export const ROTATION_STEPS = {
  look: 'look',
  beginKeys: 'begin-ssh-keys',
  adoptKeys: 'adopt-ssh-keys',
  endKeys: 'end-ssh-keys',
  beginToken: 'begin-join-token',
  reach: 'reach-all-machines',
  replaceToken: 'replace-join-token',
  adoptToken: 'adopt-join-token',
  withdrawToken: 'withdraw-join-token',
  endToken: 'end-join-token',
} as const;
export type RotationStep = keyof typeof ROTATION_STEPS;

const TITLES: Readonly<Record<RotationStep, string>> = {
  look: 'Read the ledger',
  beginKeys: 'Make the next SSH key, or find where the last rotation stopped',
  adoptKeys: 'Use the new SSH key from now on',
  endKeys: 'Forget the old SSH key',
  beginToken: 'Make the next join token, or find where the last rotation stopped',
  reach: 'Log in to every machine, before anything is changed',
  replaceToken: 'Give the cluster its new join token',
  adoptToken: 'Let new machines join with the new token',
  withdrawToken: 'Have the old join token let nobody in',
  endToken: 'Forget the old join token',
};

/** Done on each machine. */
export const ROTATION_MACHINE_STEPS = {
  authorizeKey: 'authorize-ssh-key',
  withdrawKey: 'withdraw-ssh-key',
  spreadToken: 'spread-join-token',
  prove: 'prove-quorum',
  restart: 'restart-with-token',
  back: 'wait-for-node',
} as const;
export type RotationMachineStep = keyof typeof ROTATION_MACHINE_STEPS;

const MACHINE_TITLES: Readonly<Record<RotationMachineStep, string>> = {
  authorizeKey: 'Let the new SSH key in beside the old one, and log in with it',
  withdrawKey: 'Let the old SSH key in no more',
  spreadToken: 'Write the new join token into its settings',
  prove: 'Prove that the quorum is kept while it restarts',
  restart: 'Start it anew with the new join token',
  back: 'Wait until it is back',
};

export function rotationSteps(...steps: readonly RotationStep[]) {
  return steps.map((step) => ({ id: ROTATION_STEPS[step], title: TITLES[step], machine: null }));
}

export function rotationMachineSteps(machine: string, ...steps: readonly RotationMachineStep[]) {
  return steps.map((step) => ({
    id: machineStepId(machine, ROTATION_MACHINE_STEPS[step]),
    title: MACHINE_TITLES[step],
    machine,
  }));
}
