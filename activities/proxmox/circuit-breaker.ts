/** Stops asking what has failed again and again, and tries it once in a while. */

export type BreakerState = 'CLOSED' | 'OPEN' | 'HALF_OPEN';

export interface BreakerOptions {
  /** Failures in a row that open it. */
  readonly failureThreshold: number;
  /** How long nothing passes once it is open. */
  readonly resetTimeoutMs: number;
  /** Milliseconds on a clock that is never set back. */
  readonly now?: () => number;
  readonly onChange?: (from: BreakerState, to: BreakerState) => void;
}

export const DEFAULT_BREAKER = { failureThreshold: 5, resetTimeoutMs: 60_000 } as const;

/** Leave to make one call; exactly one of its methods is called, once, when the call is over. */
export interface Pass {
  succeeded(): void;
  failed(): void;
  /** The call says nothing about the other side: it was given up, or never made. */
  abandoned(): void;
}

/**
 * CLOSED lets all pass, until as many as the threshold failed in a row. OPEN lets none pass, until the reset time is
 * over. Then one passes, alone (HALF_OPEN): its success closes, its failure opens for as long again.
 * What calls report that passed before the last change no longer counts.
 */
export class CircuitBreaker {
  private readonly options: BreakerOptions;
  private readonly now: () => number;
  private current: BreakerState = 'CLOSED';
  private failures = 0;
  private openUntil = 0;
  /** Tells calls that passed before the last change from those after it. */
  private era = 0;
  private isProbing = false;

  constructor(options: BreakerOptions) {
    this.options = options;
    this.now = options.now ?? ((): number => performance.now());
  }

  get state(): BreakerState {
    return this.current;
  }

  /** Milliseconds until one may pass again; 0 unless it is open. */
  get waitMs(): number {
    return this.current === 'OPEN' ? Math.max(0, this.openUntil - this.now()) : 0;
  }

  /** @returns `undefined` when no call may be made now. */
  enter(): Pass | undefined {
    if (this.current === 'OPEN' && this.waitMs === 0) this.change('HALF_OPEN');
    if (this.current === 'OPEN' || (this.current === 'HALF_OPEN' && this.isProbing)) return undefined;
    this.isProbing = this.current === 'HALF_OPEN';
    const { era } = this;
    const inItsEra = (report: () => void) => (): void => {
      if (era === this.era) report();
    };
    return {
      succeeded: inItsEra(() => {
        this.failures = 0;
        if (this.current === 'HALF_OPEN') this.change('CLOSED');
      }),
      failed: inItsEra(() => {
        this.failures += 1;
        if (this.current === 'HALF_OPEN' || this.failures >= this.options.failureThreshold) this.open();
      }),
      abandoned: inItsEra(() => {
        this.isProbing = false;
      }),
    };
  }

  private open(): void {
    this.openUntil = this.now() + this.options.resetTimeoutMs;
    this.change('OPEN');
  }

  private change(to: BreakerState): void {
    const from = this.current;
    this.current = to;
    this.era += 1;
    this.failures = 0;
    this.isProbing = false;
    this.options.onChange?.(from, to);
  }
}
