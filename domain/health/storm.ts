/** Whether so much is unwell at once that its cause is common, such as a switch, a storage or the service's own network. */
import { STORM } from './policy.js';

export interface Troubled {
  /** Names of the clusters with machines that are not well, in their order. */
  readonly troubled: readonly string[];
  /** How many clusters were looked at lately. */
  readonly watched: number;
}

export function isStorm({ troubled, watched }: Troubled): boolean {
  return troubled.length >= STORM.clusters && troubled.length * 100 >= STORM.percent * watched;
}
