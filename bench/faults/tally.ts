/** What all runs together came to. */
import type { BatchResult } from './batch.js';

export class Tally {
  runs = 0;
  violations = 0;
  /** Of batches with violations, and of those that never came to their end. */
  readonly failingSeeds: number[] = [];
  private brokenOff = 0;
  private readonly startedAt = performance.now();
  private readonly outcomes = new Map<string, number>();
  private readonly faults = new Map<string, number>();
  private kills = 0;
  private given = 0;
  private different = 0;

  add(result: BatchResult): void {
    this.runs += result.outcomes.length;
    this.violations += result.violations.length;
    if (result.violations.length > 0 || result.brokenOff !== null) this.failingSeeds.push(result.seed);
    for (const outcome of result.outcomes) count(this.outcomes, outcome, 1);
    for (const [kind, times] of result.faults) count(this.faults, kind, times);
    this.kills += result.kills;
    this.given += result.given;
    this.different += result.different;
  }

  /** A batch that is run again. */
  addBrokenOff(): void {
    this.brokenOff += 1;
  }

  line({ seed, outcomes, faults, kills }: BatchResult): string {
    const inBatch = new Map<string, number>();
    for (const outcome of outcomes) count(inBatch, outcome, 1);
    const hits = [...faults.values()].reduce((sum, times) => sum + times, 0);
    return `seed ${seed}: ${listed(inBatch)}; ${hits} faults, ${kills} kills; ${this.runs} runs, ${this.perSecond()} a second`;
  }

  summary(): string[] {
    const hits = [...this.faults.values()].reduce((sum, times) => sum + times, 0);
    return [
      '',
      `${this.runs} runs, ${this.perSecond()} a second`,
      `came to     ${listed(this.outcomes)}`,
      `faults      ${hits}: ${listed(this.faults)}`,
      `killed      ${this.kills} workers`,
      `given out   ${this.given} numbers and addresses, ${this.different} different ones`,
      `run again   ${this.brokenOff} batches of which the Temporal server lost a workflow`,
      `violations  ${this.violations}`,
      ...(this.failingSeeds.length === 0 ? [] : [`failed      the seeds ${this.failingSeeds.join(', ')}`]),
    ];
  }

  private perSecond(): string {
    return ((this.runs * 1_000) / (performance.now() - this.startedAt)).toFixed(2);
  }
}

function count(counts: Map<string, number>, key: string, by: number): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function listed(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .toSorted(([, a], [, b]) => b - a)
    .map(([key, times]) => `${times} ${key}`)
    .join(', ');
}
