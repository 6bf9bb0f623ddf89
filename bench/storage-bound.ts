/** The least time in which storages let a number of machines come to be, from the latencies injected into them. */
import type { LatencyKind, LatencySpan } from '../lab/latency.js';

/** What one machine makes a limited key do. */
export interface LimitedWork {
  readonly key: string;
  /** How many may work under the key at once. */
  readonly most: number;
  readonly machine: string;
  readonly durationMs: number;
}

export interface KeyBound {
  readonly key: string;
  readonly most: number;
  readonly works: number;
  /** All work under the key, one after the other. */
  readonly workMs: number;
  readonly boundMs: number;
}

/** What a machine has to go through by itself once its disk is there. */
const AFTERWARDS: ReadonlySet<LatencyKind> = new Set(['proxmox.config', 'proxmox.resize', 'proxmox.start']);

/**
 * No order of the work gets through a key in less time than all of its work shared out evenly among as many as the key
 * lets in, nor in less than the longest of it; and whichever machine comes last still has to be configured and started
 * afterwards, which takes at least as long as for the quickest machine. Looks, polls and hand-overs from one to the
 * next are left out: they are what the orchestrator, and the way Proxmox VE waits for its locks, add to it.
 */
export function keyBounds(works: readonly LimitedWork[], spans: readonly LatencySpan[]): KeyBound[] {
  const keys = [...new Set(works.map(({ key }) => key))].sort();
  return keys.map((key) => {
    const own = works.filter((work) => work.key === key);
    const durations = own.map(({ durationMs }) => durationMs);
    const most = own[0]?.most ?? 1;
    const workMs = durations.reduce((sum, ms) => sum + ms, 0);
    const leastAfterwards = Math.min(...own.map(({ machine }) => afterwardsMs(spans, machine)));
    const boundMs = Math.max(workMs / most, ...durations) + leastAfterwards;
    return { key, most, works: own.length, workMs, boundMs };
  });
}

/** The work that was done under the locks of storages, which let in one at a time. */
export function workUnderLocks(spans: readonly LatencySpan[]): LimitedWork[] {
  return spans.flatMap(({ lock, subject, durationMs }) =>
    lock === undefined ? [] : [{ key: lock, most: 1, machine: subject, durationMs }],
  );
}

/** Milliseconds that the kinds took for the machine. */
export function tookMs(
  spans: readonly LatencySpan[],
  machine: string,
  kinds: ReadonlySet<LatencyKind>,
): number {
  return spans
    .filter(({ kind, subject }) => subject === machine && kinds.has(kind))
    .reduce((sum, { durationMs }) => sum + durationMs, 0);
}

function afterwardsMs(spans: readonly LatencySpan[], machine: string): number {
  return tookMs(spans, machine, AFTERWARDS);
}
