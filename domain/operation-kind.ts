/** What can be done to a cluster, and the phase that it is in meanwhile. */
import type { Phase } from './phase.js';

/** Operations on a cluster that is READY, and that leave it READY whatever becomes of them. */
export const DAY_TWO_KINDS = [
  'scale',
  'upgrade',
  'backup',
  'restore',
  'heal',
  'renew-certificates',
  'rotate-secrets',
  'move-machines',
  'vm-backup',
] as const;
export type DayTwoKind = (typeof DAY_TWO_KINDS)[number];

/** A validation runs beside all others: it changes nothing of what the cluster is. */
export const OPERATION_KINDS = ['provision', 'decommission', ...DAY_TWO_KINDS, 'validate'] as const;
export type OperationKind = (typeof OPERATION_KINDS)[number];

export const PHASE_DURING: Readonly<Record<DayTwoKind, Phase>> = {
  scale: 'SCALING',
  upgrade: 'UPGRADING',
  backup: 'BACKING_UP',
  restore: 'RESTORING',
  heal: 'HEALING',
  'renew-certificates': 'RENEWING_CERTIFICATES',
  'rotate-secrets': 'ROTATING_SECRETS',
  'move-machines': 'MOVING_MACHINES',
  'vm-backup': 'BACKING_UP',
};
