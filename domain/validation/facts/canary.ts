/** What became of the workload that a validation runs for a moment. */

export interface CanaryFacts {
  readonly canaryScheduled: CanaryStep;
  readonly canaryResolved: CanaryStep;
  readonly canaryIngress: CanaryStep;
  readonly canaryRemoved: CanaryStep;
}

export type CanaryStep =
  | { readonly kind: 'done'; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string }
  /** A step before it failed. */
  | { readonly kind: 'not-tried'; readonly detail: string }
  /** The cluster has nothing of the kind. */
  | { readonly kind: 'none'; readonly detail: string };
