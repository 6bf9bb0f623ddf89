/** What is asked of a scale. */

export const SCALE_STRATEGIES = ['ROLLING'] as const;
export type ScaleStrategy = (typeof SCALE_STRATEGIES)[number];

export interface ScaleRequest {
  readonly nodeGroup: string;
  /** Machines that the group is to have. */
  readonly targetCount: number;
  readonly strategy: ScaleStrategy;
  /** Workers that are made, or drained, at once; of the control plane machines are only booted so, and join one by one. */
  readonly maxSurge: number;
  /** How long a node may take to be drained before the scale gives up on it. */
  readonly drainTimeoutSeconds: number;
}
