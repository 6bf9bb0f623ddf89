/** What a rule does to the call that it hits. */

export interface HoldEffect {
  /** Nothing goes on until the rule is released. */
  readonly kind: 'hold';
}

/** Stands in for the call, or for its answer. */
export type AnswerEffect =
  /** The connection is cut without an answer: with stage `after`, the reply is lost. */
  | { readonly kind: 'drop' }
  /** The call is answered with this instead, as 595, 596 and 599 of a proxy that did not get through. */
  | { readonly kind: 'status'; readonly status: number; readonly message: string };

/** Befalls the task that the call starts; the call itself is answered as ever. */
export type TaskEffect =
  /** It fails with this text once its locks are taken, and cleans up as it does after any failure. */
  | { readonly kind: 'task-error'; readonly message: string }
  /** It does its work and ends with `WARNINGS: 1`. */
  | { readonly kind: 'task-warning'; readonly message: string }
  /**
   * Its worker dies, so that its status is `unexpected status`: `underway` with the claim of a VMID made and its lock
   * left behind for good, `done` with everything done but the last line of its log.
   */
  | { readonly kind: 'task-crash'; readonly when: 'underway' | 'done' }
  /** The first storage that it asks for is locked by somebody else for too long. */
  | { readonly kind: 'storage-lock-timeout' };

/** Done by somebody else, a person or high availability, just before the call or just after it. */
export type WorldChange =
  /** The VM, by default the one that the call is about, is on another host, and runs if it ran. */
  | { readonly kind: 'move-vm'; readonly vmid?: number; readonly node: string }
  /** A stranger's VM has the VMID, by default the one that the call makes. */
  | { readonly kind: 'take-vmid'; readonly vmid?: number; readonly node?: string }
  /** A person types `qm unlock`. */
  | { readonly kind: 'unlock-vm'; readonly vmid?: number }
  /** Calls about the host do not get through, until it is back or `forMs` have gone by. */
  | { readonly kind: 'node-offline'; readonly node?: string; readonly forMs?: number }
  /** The host takes calls and never answers them, until it is back. */
  | { readonly kind: 'node-hanging'; readonly node?: string }
  | { readonly kind: 'node-online'; readonly node?: string }
  /** Nothing of the cluster's configuration can be changed, until quorum is back. */
  | { readonly kind: 'quorum-lost' }
  | { readonly kind: 'quorum-regained' };

export type FaultEffect = HoldEffect | AnswerEffect | TaskEffect | WorldChange;

export function isTaskEffect(effect: FaultEffect): effect is TaskEffect {
  return effect.kind.startsWith('task-') || effect.kind === 'storage-lock-timeout';
}

export function isAnswerEffect(effect: FaultEffect): effect is AnswerEffect {
  return effect.kind === 'drop' || effect.kind === 'status';
}
