/** What is known of one step of a run while it goes on and afterwards. */

/**
 * - `overdue`: past its soft limit; it goes on being tried, and says why.
 * - `blocked`: trying again cannot help; it waits for a person.
 */
export type StepStatus = 'pending' | 'running' | 'done' | 'overdue' | 'blocked' | 'skipped' | 'failed';

export interface StepRecord {
  readonly id: string;
  readonly title: string;
  readonly machine: string | null;
  readonly status: StepStatus;
  /** ISO 8601, UTC. */
  readonly startedAt: string | null;
  readonly endedAt: string | null;
  /** Why it is overdue, blocked or failed; of one that is done, what was warned of. */
  readonly reason: string | null;
  readonly remedy: string | null;
}

export const STEP_ACTIONS = ['RETRY', 'SKIP', 'FAIL'] as const;
export type StepAction = (typeof STEP_ACTIONS)[number];

/** What is known of one machine of a cluster. */
export interface NodeRecord {
  readonly name: string;
  readonly group: string;
  readonly role: string;
  readonly host: string;
  readonly vmid: number | null;
  readonly address: string;
  /** The step that it is at, or `ready`. */
  readonly status: string;
  readonly ready: boolean;
  /** Kubelet version, once it has joined. */
  readonly version: string | null;
}

export function waitsForDecision(status: StepStatus): boolean {
  return status === 'overdue' || status === 'blocked';
}
