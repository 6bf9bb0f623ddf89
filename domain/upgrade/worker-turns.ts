/** Which workers of an upgrade have their turn together. */

export interface Worker {
  readonly name: string;
  readonly group: string;
}

export interface WorkerTurn {
  /** At least one. */
  readonly workers: readonly Worker[];
  /** The last one of the canaries is among them. */
  readonly endsCanary: boolean;
}

/**
 * Canaries come first, one after the other, so that the first thing that goes wrong goes wrong once.
 * @param canaries how many of the first ones are; may be more than there are.
 * @param atOnce at least 1.
 */
export function workerTurns(workers: readonly Worker[], canaries: number, atOnce: number): WorkerTurn[] {
  const first = workers.slice(0, canaries);
  const rest = workers.slice(canaries);
  const turns = first.map((worker, index) => ({
    workers: [worker],
    endsCanary: index === first.length - 1,
  }));
  for (let begin = 0; begin < rest.length; begin += atOnce) {
    turns.push({ workers: rest.slice(begin, begin + atOnce), endsCanary: false });
  }
  return turns;
}
