/** Chance from a seed: what is drawn for one name does not depend on what was drawn for others before. */
import { createHash } from 'node:crypto';

const WORDS = 2 ** 32;

export class Draw {
  private readonly seed: string;

  constructor(seed: string) {
    this.seed = seed;
  }

  /** Draws of its own for a part of the whole. */
  of(part: string): Draw {
    return new Draw(`${this.seed}/${part}`);
  }

  /** At least 0, below 1; the same whenever it is asked for by that name. */
  number(name: string): number {
    return createHash('sha256').update(`${this.seed}#${name}`).digest().readUInt32BE(0) / WORDS;
  }

  chance(name: string, probability: number): boolean {
    return this.number(name) < probability;
  }

  /** Both ends are included. */
  integer(name: string, from: number, to: number): number {
    return from + Math.floor(this.number(name) * (to - from + 1));
  }

  /** @throws Error when there is nothing to pick from. */
  pick<T>(name: string, from: readonly T[]): T {
    const picked = from[this.integer(name, 0, from.length - 1)];
    if (picked === undefined) throw new Error(`there is nothing to pick ${name} from`);
    return picked;
  }
}
