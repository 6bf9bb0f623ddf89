/** The steps of a renewal of certificates, by name: shown in this order. */
import { machineStepId } from '../plan-steps.js';

export const RENEWAL_STEPS = {
  look: 'look',
  read: 'read-certificates',
  settle: 'settle',
  kubeconfig: 'renew-kubeconfig',
  keep: 'keep-certificates',
} as const;

export const RENEWAL_STEP_TITLES: Readonly<
  Record<(typeof RENEWAL_STEPS)[keyof typeof RENEWAL_STEPS], string>
> = {
  look: 'Read the ledger',
  'read-certificates': 'Read when the certificates end',
  settle: 'Wait until every member of the control plane is back',
  'renew-kubeconfig': 'Fetch the kubeconfig anew, try it, and keep it in place of the old one',
  'keep-certificates': 'Read the certificates of the whole cluster again',
};

export const RENEWAL_MACHINE_STEPS = {
  prove: 'prove-quorum',
  renew: 'renew-certificates',
  back: 'wait-for-node',
  compare: 'compare-certificates',
} as const;
export type RenewalMachineStep = (typeof RENEWAL_MACHINE_STEPS)[keyof typeof RENEWAL_MACHINE_STEPS];

const MACHINE_TITLES: Readonly<Record<RenewalMachineStep, string>> = {
  'prove-quorum': 'Prove that the quorum is kept while it restarts',
  'renew-certificates': 'Renew its certificates',
  'wait-for-node': 'Wait until it is back',
  'compare-certificates': 'Read its certificates again',
};

export function renewalMachineSteps(machine: string, votes: boolean) {
  return Object.values(RENEWAL_MACHINE_STEPS)
    .filter((step) => votes || step !== RENEWAL_MACHINE_STEPS.prove)
    .map((step) => ({ id: machineStepId(machine, step), title: MACHINE_TITLES[step], machine }));
}
