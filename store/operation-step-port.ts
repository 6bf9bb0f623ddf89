/** The port for the steps of operations that have ended, which Temporal forgets after a while. */
import type { StepRecord } from '../domain/step-record.js';

export interface OperationRun {
  readonly clusterUid: string;
  /** Not unique alone: a cluster may have the name of one that is gone. */
  readonly workflowId: string;
}

export interface OperationSteps {
  /** Keeping the same again changes nothing. @param from position of the first of them among all steps of the operation. */
  keep(run: OperationRun, from: number, steps: readonly StepRecord[]): Promise<void>;
  /** In their order; empty when none were kept. */
  of(run: OperationRun): Promise<StepRecord[]>;
}
