/** What a cluster is asked to move, and the steps by which each of its machines gets there. */
import { machineStepId } from '../plan-steps.js';
import type { MoveMode } from './move-mode.js';

export interface MoveMachinesRequest {
  readonly from: string;
  /** In the order in which they go: one after the other. */
  readonly machines: readonly WantedMove[];
  readonly drainTimeoutSeconds: number;
}

export interface WantedMove {
  readonly name: string;
  readonly to: string;
  readonly mode: MoveMode;
  /** Whether it ran when it was planned: what is off is moved as it is. */
  readonly isRunning: boolean;
}

export const MOVE_STEPS = {
  cordon: 'cordon',
  drainBalancers: 'drain-balancers',
  drain: 'drain',
  quorum: 'prove-quorum',
  shutdown: 'shut-down',
  migrate: 'migrate',
  start: 'start',
  ready: 'wait-until-ready',
  vote: 'vote',
  back: 'back',
} as const;
export type MoveStep = (typeof MOVE_STEPS)[keyof typeof MOVE_STEPS];

const TITLES: Readonly<Record<MoveStep, string>> = {
  cordon: 'Let nothing more be scheduled there',
  'drain-balancers': 'Send it no more connections',
  drain: 'Move its pods to other nodes',
  'prove-quorum': 'Prove that the quorum is kept while it is away',
  'shut-down': 'Shut it down',
  migrate: 'Migrate the VM',
  start: 'Start it',
  'wait-until-ready': 'Wait until its node is Ready',
  vote: 'Wait until it votes and has caught up',
  back: 'Let it have work again',
};

export interface MoveShape {
  readonly isNode: boolean;
  readonly votes: boolean;
}

/** Of one machine, in their order. */
export function moveSteps({ name, mode, isRunning }: WantedMove, { isNode, votes }: MoveShape) {
  const steps: MoveStep[] = isRunning
    ? [
        ...(isNode ? ([MOVE_STEPS.cordon, MOVE_STEPS.drainBalancers, MOVE_STEPS.drain] as const) : []),
        ...(votes ? [MOVE_STEPS.quorum] : []),
        ...(mode === 'OFFLINE' ? [MOVE_STEPS.shutdown] : []),
        MOVE_STEPS.migrate,
        ...(mode === 'OFFLINE' ? [MOVE_STEPS.start] : []),
        ...(isNode ? [MOVE_STEPS.ready] : []),
        ...(votes ? [MOVE_STEPS.vote] : []),
        ...(isNode ? [MOVE_STEPS.back] : []),
      ]
    : [MOVE_STEPS.migrate];
  return steps.map((step) => ({ id: machineStepId(name, step), title: TITLES[step], machine: name }));
}
