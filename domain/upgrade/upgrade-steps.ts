/** The steps of an upgrade, by name: shown in this order. */
import { machineStepId } from '../plan-steps.js';
import { memberStep, MEMBER_STEPS } from '../scale/scale-steps.js';
import type { StepRecord } from '../step-record.js';
import { gateTitle, type UpgradeGate } from './upgrade-gate.js';

type Declared = Pick<StepRecord, 'id' | 'title' | 'machine'>;

export const UPGRADE_STEPS = {
  look: 'look',
  settings: 'read-settings',
  backup: 'backup',
  paused: 'paused',
} as const;

export const UPGRADE_STEP_TITLES: Readonly<
  Record<(typeof UPGRADE_STEPS)[keyof typeof UPGRADE_STEPS], string>
> = {
  look: 'Read the ledger, and the versions of the nodes',
  'read-settings': 'Read the settings of the service',
  backup: 'Back the cluster up',
  paused: 'Paused, until somebody resumes it',
};

/** Steps of a machine that the upgrade itself does; those that the distribution adds begin with it, too. */
const PREFIX = 'upgrade-';

export const UPGRADE_MACHINE_STEPS = {
  quorum: 'upgrade-prove-quorum',
  moveLeader: 'upgrade-move-leader',
  ready: 'upgrade-node-ready',
  vote: 'upgrade-vote',
  back: 'upgrade-back',
} as const;

const TITLES: Readonly<Record<(typeof UPGRADE_MACHINE_STEPS)[keyof typeof UPGRADE_MACHINE_STEPS], string>> = {
  'upgrade-prove-quorum': 'Prove that the quorum is kept while it is away',
  'upgrade-move-leader': 'Have another member lead etcd',
  'upgrade-node-ready': 'Wait until its node is Ready at the new version',
  'upgrade-vote': 'Wait until it has caught up in etcd',
  'upgrade-back': 'Send it connections and pods again',
};

const EMPTYING = [MEMBER_STEPS.cordon, MEMBER_STEPS.drainBalancers, MEMBER_STEPS.drain] as const;

export type UpgradeMachineStep = (typeof UPGRADE_MACHINE_STEPS)[keyof typeof UPGRADE_MACHINE_STEPS];

/** Whether the step of a machine belongs to the upgrade rather than to the machine's own workflow. */
export function isUpgradeStep(step: string): boolean {
  return step.startsWith(PREFIX);
}

export interface MachineUpgrade {
  /** What the distribution does on the machine. */
  readonly steps: readonly Pick<Declared, 'id' | 'title'>[];
  /** It is a member of etcd. */
  readonly votes: boolean;
  /** There are other nodes that its pods can go to. */
  readonly drains: boolean;
}

export function upgradeMachineSteps(machine: string, { steps, votes, drains }: MachineUpgrade): Declared[] {
  const { quorum, moveLeader, ready, vote, back } = UPGRADE_MACHINE_STEPS;
  const own = (step: UpgradeMachineStep): Declared => ({
    ...{ id: machineStepId(machine, step), machine },
    title: TITLES[step],
  });
  return [
    ...(votes ? [own(quorum)] : []),
    ...(drains ? EMPTYING.map((step) => memberStep(machine, step)) : []),
    ...(votes ? [own(moveLeader)] : []),
    ...steps.map(({ id, title }) => ({ id: machineStepId(machine, id), title, machine })),
    own(ready),
    ...(votes ? [own(vote)] : []),
    own(back),
  ];
}

/** @param index of the gate, from 0. */
export function gateStepId(machine: string, index: number): string {
  return machineStepId(machine, `${PREFIX}gate-${index + 1}`);
}

export function gateSteps(machine: string, gates: readonly UpgradeGate[]): Declared[] {
  return gates.map((gate, index) => ({ id: gateStepId(machine, index), title: gateTitle(gate), machine }));
}
