/** The latest changes of a store, for watches that resume. */
import type { KubeObject } from '../model/kube-object.js';

export interface Change {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED';
  readonly revision: number;
  /** Such as `pods` or `deployments.apps`. */
  readonly resource: string;
  readonly object: KubeObject;
  /** What the object was before, unless it was added. */
  readonly previous?: KubeObject;
}

const MAX_CHANGES = 10_000;

export class EventLog {
  private changes: Change[] = [];
  /** Changes up to this revision are no longer known. */
  private compactedAt: number;

  constructor(revision: number) {
    this.compactedAt = revision;
  }

  append(change: Change): void {
    this.changes.push(change);
    if (this.changes.length <= MAX_CHANGES) return;
    // Half at once, so that a full log does not move its content with each change.
    const dropped = this.changes.splice(0, MAX_CHANGES / 2);
    this.compactedAt = dropped.at(-1)?.revision ?? this.compactedAt;
  }

  /** Changes of the resource after the revision; `undefined` when they are not all known any more. */
  since(revision: number, resource: string): Change[] | undefined {
    if (revision < this.compactedAt) return undefined;
    return this.changes.filter((change) => change.revision > revision && change.resource === resource);
  }
}
