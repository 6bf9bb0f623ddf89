/** Cross-field rules: what no field can say about itself. */
import type { NodeGroup } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import type { DefinitionDraft } from '../definition/resolve.js';
import type { Known } from '../known.js';
import { type PathSegment, pointerTo } from '../pointer.js';

/** Judges what is known of a definition, defaults filled in; what is unknown has a fault of its own already. */
export type Rule = (draft: DefinitionDraft) => Fault[];

export function faultAt(path: readonly PathSegment[], detail: string): Fault {
  return { pointer: pointerTo(path), detail };
}

/** The groups that are known at all, with their place in the definition. */
export function knownGroups(
  draft: DefinitionDraft,
): { group: NonNullable<Known<NodeGroup>>; index: number }[] {
  return (draft.nodeGroups ?? []).flatMap((group, index) => (group === undefined ? [] : [{ group, index }]));
}

/** Number of machines; `undefined` as long as one group's is unknown. */
export function machineCount(draft: Pick<DefinitionDraft, 'nodeGroups'>): number | undefined {
  let total = 0;
  for (const group of draft.nodeGroups ?? [undefined]) {
    if (group?.count === undefined) return undefined;
    total += group.count;
  }
  return total;
}

/** One fault for each item that says the same as one before it. */
export function duplicates<T>(
  items: readonly T[] | undefined,
  path: readonly PathSegment[],
  keyOf: (item: T) => string | undefined,
  field?: string,
): Fault[] {
  const seen = new Set<string>();
  return (items ?? []).flatMap((item, index) => {
    const key = keyOf(item);
    if (key === undefined) return [];
    if (!seen.has(key)) {
      seen.add(key);
      return [];
    }
    return [faultAt([...path, index, ...(field === undefined ? [] : [field])], `repeats "${key}"`)];
  });
}
