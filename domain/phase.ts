/** The cluster's state machine. */
import { fail } from './errors.js';

/** Those of a cluster that was made, and that something is done to: each leads back to READY. */
export const DAY_TWO_PHASES = [
  'SCALING',
  'UPGRADING',
  'BACKING_UP',
  'RESTORING',
  'HEALING',
  'RENEWING_CERTIFICATES',
  'ROTATING_SECRETS',
  'MOVING_MACHINES',
] as const;

export const PHASES = [
  'PLANNED',
  'SERVICES',
  'BOOT',
  'BOOTSTRAP',
  'CONTROL_PLANE',
  'WORKERS',
  'VALIDATION',
  'READY',
  'FAILED',
  'DECOMMISSIONING',
  'GONE',
  ...DAY_TWO_PHASES,
] as const;
export type Phase = (typeof PHASES)[number];

const BACK: readonly Phase[] = ['READY', 'DECOMMISSIONING'];

/** Provisioning goes forward one phase at a time; it may fail, or be decommissioned, from anywhere. */
const NEXT: Readonly<Record<Phase, readonly Phase[]>> = {
  PLANNED: ['SERVICES', 'FAILED', 'DECOMMISSIONING'],
  SERVICES: ['BOOT', 'FAILED', 'DECOMMISSIONING'],
  BOOT: ['BOOTSTRAP', 'FAILED', 'DECOMMISSIONING'],
  BOOTSTRAP: ['CONTROL_PLANE', 'FAILED', 'DECOMMISSIONING'],
  CONTROL_PLANE: ['WORKERS', 'FAILED', 'DECOMMISSIONING'],
  WORKERS: ['VALIDATION', 'FAILED', 'DECOMMISSIONING'],
  VALIDATION: ['READY', 'FAILED', 'DECOMMISSIONING'],
  READY: ['DECOMMISSIONING', ...DAY_TWO_PHASES],
  FAILED: ['DECOMMISSIONING'],
  DECOMMISSIONING: ['GONE', 'FAILED'],
  GONE: [],
  SCALING: BACK,
  UPGRADING: BACK,
  BACKING_UP: BACK,
  RESTORING: BACK,
  HEALING: BACK,
  RENEWING_CERTIFICATES: BACK,
  ROTATING_SECRETS: BACK,
  MOVING_MACHINES: BACK,
};

/** READY, or on the way back to it. */
export function isMade(phase: Phase): boolean {
  return phase === 'READY' || (DAY_TWO_PHASES as readonly Phase[]).includes(phase);
}

export function canMove(from: Phase, to: Phase): boolean {
  return NEXT[from].includes(to);
}

/** @throws `PHASE_CONFLICT` when the state machine has no such step. */
export function move(from: Phase, to: Phase): Phase {
  if (!canMove(from, to)) throw fail('PHASE_CONFLICT', `a cluster cannot go from ${from} to ${to}`);
  return to;
}

/** The phases of a provision, which are passed through in this order. */
const PROVISIONING: readonly Phase[] = PHASES.slice(0, PHASES.indexOf('READY') + 1);

/**
 * Goes forward through the phases of a provision, until `to`; stays where it is when that lies behind.
 * @throws `PHASE_CONFLICT` when the cluster is not being provisioned.
 */
export function advance(from: Phase, to: Phase): Phase {
  const [at, goal] = [PROVISIONING.indexOf(from), PROVISIONING.indexOf(to)];
  if (at === -1 || goal === -1)
    throw fail('PHASE_CONFLICT', `a provision does not lead from ${from} to ${to}`);
  return goal > at ? to : from;
}
