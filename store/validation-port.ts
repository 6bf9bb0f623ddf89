/** The port for validations: what was asked, and what came of it. */
import type { ValidationRequest } from '../domain/validation/request.js';
import type { ValidationReport } from '../domain/validation/result.js';
import type { Baseline } from '../domain/validation/subject.js';
import type { ValidationOutcome } from '../domain/validation/vocabulary.js';

export interface ValidationRecords {
  /**
   * Writes down that a validation begins, and numbers it among those of clusters of this name. Asking again with the
   * same id returns the same.
   */
  begin(validation: NewValidation): Promise<ValidationRecord>;
  /** Forgets one that was never started. */
  abandon(id: string): Promise<void>;
  /** Keeps the report; the first one stands. Of each cluster's the latest hundred are kept. */
  finish(id: string, report: ValidationReport): Promise<void>;
  /** It came to no result. Changes nothing when it has one. */
  end(id: string, status: 'failed' | 'cancelled', detail: string): Promise<void>;
  get(id: string): Promise<KeptValidation | undefined>;
  /** Those of clusters of this name, the latest first. @param before a number: those before it. */
  list(query: {
    readonly cluster: string;
    readonly limit: number;
    readonly before?: number;
  }): Promise<ValidationRecord[]>;
  /** Medians of what the last ten validations of the cluster measured. */
  baseline(clusterUid: string): Promise<Baseline>;
}

export interface NewValidation {
  /** Of its operation. */
  readonly id: string;
  readonly cluster: string;
  readonly clusterUid: string;
  readonly request: ValidationRequest;
}

export interface ValidationRecord extends NewValidation {
  /** Counted from 1. */
  readonly number: number;
  readonly status: 'running' | 'finished' | 'failed' | 'cancelled';
  /** Why it came to no result. */
  readonly detail: string | null;
  readonly outcome: ValidationOutcome | null;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly finishedAt: string | null;
}

export interface KeptValidation extends ValidationRecord {
  readonly report: ValidationReport | null;
}
