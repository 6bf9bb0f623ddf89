/** What is asked of an upgrade. */
import type { UpgradeGate } from './upgrade-gate.js';

/**
 * What becomes of workers; the control plane is upgraded where it is, one machine after the other.
 * - `ROLLING`: machines of the new version take the place of the old ones, a few at a time.
 * - `IN_PLACE`: each is drained and upgraded where it is.
 * - `BLUE_GREEN`: a second set of machines is made first, then all old ones go.
 */
export const UPGRADE_STRATEGIES = ['ROLLING', 'IN_PLACE', 'BLUE_GREEN'] as const;
export type UpgradeStrategy = (typeof UPGRADE_STRATEGIES)[number];

export interface UpgradeRequest {
  /** As the distribution writes it. */
  readonly version: string;
  /** Releases on the way, one of each minor version in between. */
  readonly via: readonly string[];
  readonly strategy: UpgradeStrategy;
  /** Machines that are made at once, where workers are replaced. */
  readonly maxSurge: number;
  /** Workers that are drained at once, where they are upgraded in place. */
  readonly maxUnavailable: number;
  /** How long a node may take to be drained before the upgrade gives up. */
  readonly drainTimeoutSeconds: number;
  readonly canary: UpgradeCanary | null;
  readonly gates: readonly UpgradeGate[];
  /** Workers go back to the version that they had when a gate fails among them. */
  readonly rollback: boolean;
  /** `null`: none is taken. */
  readonly backup: UpgradeBackup | null;
}

export interface UpgradeCanary {
  /** So many workers come first, one after the other. */
  readonly workers: number;
  /** After them the upgrade pauses until somebody resumes it. */
  readonly pause: boolean;
}

/** Taken before anything is changed. */
export interface UpgradeBackup {
  /** A UUID: that of the operation. */
  readonly id: string;
  /** Name of a destination; `null`: the default one. */
  readonly destination: string | null;
}
