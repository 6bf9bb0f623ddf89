/** What a machine with Talos says over its own API. */
import type { OfMachine } from '../verdict.js';

export interface TalosFacts {
  readonly talos: readonly OfMachine<TalosFact>[];
}

export interface TalosFact {
  /** Services that are not as they should be, one sentence each. */
  readonly serviceProblems: readonly string[];
  /** What speaks against its etcd; `null` where nothing does, or where it is to have none. */
  readonly etcdProblem: string | null;
}
