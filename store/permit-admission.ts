/** Who may go on: the rules by which permits are given. Pure, so that every process that applies them agrees. */
import type { PermitLimit } from './permit-port.js';

export interface PermitRequest {
  /** Order of arrival. */
  readonly seq: number;
  readonly owner: string;
  /** Among the owner's requests: the lowest goes first. */
  readonly rank: number;
  readonly limits: readonly PermitLimit[];
  readonly state: 'waiting' | 'held';
  /** How often one that came later got a key of this one while its owner had nothing older waiting. */
  readonly overtaken: number;
}

/** When an owner last got a key: the greater, the later. See {@link turnOf}. */
export type Turns = ReadonlyMap<string, number>;

export interface Admission<T extends PermitRequest> {
  /** Who goes on now, in this order. */
  readonly admitted: readonly T[];
  /** Who still waits, best first; `overtaken` is brought up to date. */
  readonly waiting: readonly Waiting<T>[];
}

export interface Waiting<T> {
  readonly request: T;
  readonly overtaken: number;
  /** The first of its keys that is full. */
  readonly key: string;
  /** How many requests for that key come first. */
  readonly ahead: number;
}

/** After so many times, for each owner that takes part, a request is not passed by any more. */
const MOST_OVERTAKES_PER_OWNER = 4;

/** Under which the turn of an owner at a key is found. */
export function turnOf(key: string, owner: string): string {
  return JSON.stringify([key, owner]);
}

/**
 * A request gets all its keys or none. Of those that wait, the one goes first whose owner holds fewest of its keys, then
 * whose owner was served longest ago, then its owner's of the lowest rank, then who came first. Nobody is kept from a
 * key that nobody before it can use, so one that needs several keys could be passed by for ever: the oldest request of
 * an owner therefore keeps its places free once it was overtaken too often. There is at most one such request for each
 * owner, and they take turns in order of arrival, so every request is served in the end.
 */
export function admit<T extends PermitRequest>(requests: readonly T[], turns: Turns): Admission<T> {
  const book = new Book(requests, turns);
  const admitted: T[] = [];
  for (let next = book.next(); next !== undefined; next = book.next()) {
    book.admit(next);
    admitted.push(next);
  }
  return { admitted, waiting: book.waiting() };
}

class Book<T extends PermitRequest> {
  private readonly holders = new Map<string, Map<string, number>>();
  private readonly turns: Map<string, number>;
  private readonly overtaken = new Map<T, number>();
  private readonly mostOvertakes: number;
  private latest: number;
  private queue: T[];

  constructor(requests: readonly T[], turns: Turns) {
    this.turns = new Map(turns);
    this.latest = Math.max(0, ...turns.values());
    this.mostOvertakes = MOST_OVERTAKES_PER_OWNER * new Set(requests.map(({ owner }) => owner)).size;
    this.queue = requests.filter(({ state }) => state === 'waiting').toSorted((a, b) => a.seq - b.seq);
    for (const request of this.queue) this.overtaken.set(request, request.overtaken);
    for (const request of requests) if (request.state === 'held') this.count(request);
  }

  /** The best one whose keys all have room. */
  next(): T | undefined {
    const reserved = new Map<string, number>();
    for (const request of this.ranked()) {
      if (this.fullKey(request, reserved) === undefined) return request;
      if (this.isPromoted(request)) reserve(reserved, request);
    }
    return undefined;
  }

  admit(request: T): void {
    this.queue = this.queue.filter((other) => other !== request);
    this.latest += 1;
    this.count(request);
    for (const { key } of request.limits) this.turns.set(turnOf(key, request.owner), this.latest);
    for (const head of this.heads()) {
      if (head.seq < request.seq && shareKey(head, request)) {
        this.overtaken.set(head, this.overtakenOf(head) + 1);
      }
    }
  }

  waiting(): Waiting<T>[] {
    const reserved = new Map<string, number>();
    const before = new Map<string, number>();
    return this.ranked().map((request) => {
      const key = this.fullKey(request, reserved) ?? '';
      const entry = { request, overtaken: this.overtakenOf(request), key, ahead: before.get(key) ?? 0 };
      if (this.isPromoted(request)) reserve(reserved, request);
      for (const limit of request.limits) before.set(limit.key, (before.get(limit.key) ?? 0) + 1);
      return entry;
    });
  }

  private ranked(): T[] {
    return this.queue
      .map((request) => ({ request, rank: this.rankOf(request) }))
      .toSorted((a, b) => compare(a.rank, b.rank))
      .map(({ request }) => request);
  }

  private rankOf(request: T): readonly number[] {
    if (this.isPromoted(request)) return [0, 0, 0, 0, request.seq];
    const { owner, limits, rank, seq } = request;
    const held = limits.map(({ key }) => this.holders.get(key)?.get(owner) ?? 0);
    const served = limits.map(({ key }) => this.turns.get(turnOf(key, owner)) ?? 0);
    return [1, Math.max(0, ...held), Math.max(0, ...served), rank, seq];
  }

  private isPromoted(request: T): boolean {
    return this.overtakenOf(request) >= this.mostOvertakes;
  }

  private overtakenOf(request: T): number {
    return this.overtaken.get(request) ?? 0;
  }

  /** The oldest that waits of each owner. */
  private heads(): T[] {
    const heads = new Map<string, T>();
    for (const request of this.queue) if (!heads.has(request.owner)) heads.set(request.owner, request);
    return [...heads.values()];
  }

  private fullKey({ limits }: T, reserved: ReadonlyMap<string, number>): string | undefined {
    const isFull = ({ key, most }: PermitLimit): boolean => {
      const held = [...(this.holders.get(key)?.values() ?? [])].reduce((sum, count) => sum + count, 0);
      return held + (reserved.get(key) ?? 0) >= most;
    };
    return limits.find(isFull)?.key;
  }

  private count({ owner, limits }: T): void {
    for (const { key } of limits) {
      const holders = this.holders.get(key) ?? new Map<string, number>();
      holders.set(owner, (holders.get(owner) ?? 0) + 1);
      this.holders.set(key, holders);
    }
  }
}

function reserve(reserved: Map<string, number>, { limits }: PermitRequest): void {
  for (const { key } of limits) reserved.set(key, (reserved.get(key) ?? 0) + 1);
}

function shareKey(one: PermitRequest, other: PermitRequest): boolean {
  return one.limits.some(({ key }) => other.limits.some((limit) => limit.key === key));
}

function compare(one: readonly number[], other: readonly number[]): number {
  for (const [index, value] of one.entries()) {
    const difference = value - (other[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
