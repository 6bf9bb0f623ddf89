/**
 * Runs the steps of one workflow and keeps their records. A step never fails the run by itself: past its soft limit
 * it shows why it waits and goes on, or it blocks, until a person retries it, skips it or fails the run.
 */
import { CancellationScope, condition, isCancellation, type ActivityOptions } from '@temporalio/workflow';
import { ERRORS, fail } from '../../domain/errors.js';
import {
  waitsForDecision,
  type StepAction,
  type StepRecord,
  type StepStatus,
} from '../../domain/step-record.js';
import type { StepDecision } from '../messages.js';
import { applicationFailure, failureOf } from './failure.js';

export interface StepOptions<T> {
  /** After so many seconds the step is overdue. */
  readonly softLimitSeconds?: number;
  /** What the step yields when a person skips it; without it the step cannot be skipped. */
  readonly skipped?: { readonly value: T };
  /** Nobody is asked about this step: it fails for good, or when it is overdue. */
  readonly givesUp?: boolean;
}

/** Gets the options that its activity has to be called with. */
export type Attempt<T> = (options: ActivityOptions) => Promise<T>;

const DEFAULT_SOFT_LIMIT_SECONDS = 300;

type Outcome<T> =
  | { readonly kind: 'done'; readonly value: T }
  | { readonly kind: 'failed'; readonly error: unknown }
  | { readonly kind: 'decided' };

export class StepRunner {
  private readonly records = new Map<string, StepRecord>();
  private readonly skippable = new Set<string>();
  private readonly decisions = new Map<string, StepAction>();
  private readonly onChange: (record: StepRecord) => void;
  private readonly givesUp: boolean;

  /** @param givesUp nobody is asked: a step that fails for good, or is overdue, fails the run. */
  constructor(onChange: (record: StepRecord) => void, givesUp = false) {
    this.onChange = onChange;
    this.givesUp = givesUp;
  }

  /** Announces steps that will run, in the order in which they are shown. */
  declare(steps: readonly Pick<StepRecord, 'id' | 'title' | 'machine'>[]): void {
    for (const { id, title, machine } of steps) {
      if (this.records.has(id)) continue;
      this.records.set(id, {
        id,
        title,
        machine,
        status: 'pending',
        startedAt: null,
        endedAt: null,
        reason: null,
        remedy: null,
      });
    }
  }

  list(): StepRecord[] {
    return [...this.records.values()];
  }

  /** @throws `INTERNAL` for a step that was not declared. */
  statusOf(id: string): StepStatus {
    return this.record(id).status;
  }

  /** Runs the declared step. @throws `FAILED_BY_OPERATOR`, or the cancellation of the scope around it. */
  async run<T>(id: string, attempt: Attempt<T>, options: StepOptions<T> = {}): Promise<T> {
    if (options.skipped) this.skippable.add(id);
    this.change(id, { status: 'running', startedAt: now() });
    for (;;) {
      const outcome = await this.attemptOnce(
        id,
        attempt,
        options.softLimitSeconds ?? DEFAULT_SOFT_LIMIT_SECONDS,
      );
      if (outcome.kind === 'done') {
        const warned = warningsOf(outcome.value);
        this.change(id, { status: 'done', endedAt: now(), reason: warned, remedy: null });
        return outcome.value;
      }
      if (outcome.kind === 'failed') {
        const { code, detail, retry } = failureOf(outcome.error);
        const { remedy } = ERRORS[code];
        if (this.givesUp || options.givesUp === true) {
          this.change(id, { status: 'failed', endedAt: now(), reason: `${code}: ${detail}`, remedy });
          throw applicationFailure(code, detail);
        }
        this.change(id, {
          status: retry === 'never' ? 'blocked' : 'overdue',
          reason: `${code}: ${detail}`,
          remedy,
        });
        if (retry === 'backoff' && !this.decisions.has(id)) continue;
        await condition(() => this.decisions.has(id));
      }
      const action = this.takeDecision(id);
      if (action === 'FAIL') {
        this.change(id, { status: 'failed', endedAt: now() });
        const reason = this.records.get(id)?.reason ?? 'no reason was known';
        throw applicationFailure(
          'FAILED_BY_OPERATOR',
          `step "${id}" was failed by a person; it waited because: ${reason}`,
        );
      }
      if (action === 'SKIP' && options.skipped) {
        this.change(id, { status: 'skipped', endedAt: now() });
        return options.skipped.value;
      }
      this.change(id, { status: 'running' });
    }
  }

  /** For the synchronous validator of the `resolveStep` update. */
  validate(decision: StepDecision): void {
    const record = this.records.get(decision.step);
    if (record === undefined || !waitsForDecision(record.status)) {
      const detail = `step "${decision.step}" is ${record?.status ?? 'not known'}`;
      throw applicationFailure('STEP_NOT_WAITING', detail);
    }
    if (decision.action === 'SKIP' && !this.skippable.has(decision.step)) {
      throw applicationFailure('STEP_NOT_SKIPPABLE', `step "${decision.step}" cannot be skipped`);
    }
  }

  decide(decision: StepDecision): StepRecord {
    this.decisions.set(decision.step, decision.action);
    const record = this.records.get(decision.step);
    if (record === undefined) throw fail('STEP_NOT_WAITING', `there is no step "${decision.step}"`);
    return record;
  }

  /** One try, up to the soft limit, or until a person decides. */
  private async attemptOnce<T>(
    id: string,
    attempt: Attempt<T>,
    softLimitSeconds: number,
  ): Promise<Outcome<T>> {
    const scope = new CancellationScope();
    const title = this.records.get(id)?.title ?? id;
    const options: ActivityOptions = {
      scheduleToCloseTimeout: `${softLimitSeconds} seconds`,
      summary: title,
    };
    const work = scope
      .run(() => attempt(options))
      .then(
        (value): Outcome<T> => ({ kind: 'done', value }),
        (error: unknown): Outcome<T> => ({ kind: 'failed', error }),
      );
    const decision = scope
      .run(() => condition(() => this.decisions.has(id)))
      .then(
        (): Outcome<T> => ({ kind: 'decided' }),
        (): Promise<Outcome<T>> => work,
      );
    const first = await Promise.race([work, decision]);
    scope.cancel();
    // The act has to have stopped before anything else is done about it; and it may have succeeded meanwhile.
    const outcome = first.kind === 'decided' ? await work : first;
    if (outcome.kind === 'done') return outcome;
    if (first.kind === 'decided') return first;
    if (outcome.kind === 'failed' && isCancellation(outcome.error)) throw outcome.error;
    return outcome;
  }

  private takeDecision(id: string): StepAction | undefined {
    const action = this.decisions.get(id);
    this.decisions.delete(id);
    return action;
  }

  private change(id: string, change: Partial<StepRecord>): void {
    const changed = { ...this.record(id), ...change };
    this.records.set(id, changed);
    this.onChange(changed);
  }

  private record(id: string): StepRecord {
    const record = this.records.get(id);
    if (record === undefined) throw fail('INTERNAL', `step "${id}" was not declared`);
    return record;
  }
}

/** What Proxmox VE warned of while it did what it was asked for. */
function warningsOf(value: unknown): string | null {
  const { warnings } = (value ?? {}) as { readonly warnings?: unknown };
  return Array.isArray(warnings) && warnings.length > 0 ? `Warned of: ${warnings.join('; ')}` : null;
}

function now(): string {
  return new Date().toISOString();
}
