/** Sets of fields of an object, in the form in which `managedFields` shows them. */
import { isJsonObject, sameJson } from '../model/json.js';
import type { FieldSet } from '../model/kube-object.js';
import { itemKey, listKind } from './list-keys.js';

/** Owned by nobody: the API sets them, or they are the identity of the object. */
const UNOWNED_METADATA = new Set([
  'name',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'managedFields',
  'generateName',
  'selfLink',
]);

/** The fields in which `after` differs from `before`, or all of it. Removed fields are not in it. */
export function fieldsOf(after: unknown, custom: boolean, before?: unknown): FieldSet {
  return walk(withoutUnowned(after), withoutUnowned(before), [], custom);
}

/** The object without what nobody owns. */
function withoutUnowned(object: unknown): unknown {
  if (!isJsonObject(object)) return undefined;
  const { apiVersion: _apiVersion, kind: _kind, metadata, ...rest } = object;
  const owned = Object.entries(isJsonObject(metadata) ? metadata : {}).filter(
    ([key]) => !UNOWNED_METADATA.has(key),
  );
  return owned.length === 0 ? rest : { metadata: Object.fromEntries(owned), ...rest };
}

function walk(after: unknown, before: unknown, path: readonly string[], custom: boolean): FieldSet {
  if (!isJsonObject(after)) return {};
  const set: FieldSet = {};
  const old = isJsonObject(before) ? before : {};
  for (const [name, value] of Object.entries(after)) {
    if (value === undefined || (before !== undefined && sameJson(value, old[name]))) continue;
    set[`f:${name}`] = childFields(value, old[name], [...path, name], custom);
  }
  return set;
}

function childFields(value: unknown, before: unknown, path: readonly string[], custom: boolean): FieldSet {
  if (isJsonObject(value)) return walk(value, before, path, custom);
  if (!Array.isArray(value)) return {};
  const kind = listKind(path, custom);
  const old: unknown[] = Array.isArray(before) ? before : [];
  const set: FieldSet = {};
  switch (kind.kind) {
    case 'atomic':
      return {};
    case 'set':
      for (const item of value) if (!old.includes(item)) set[`v:${JSON.stringify(item)}`] = {};
      return set;
    case 'map':
      for (const item of value) {
        const key = itemKey(item, kind.keys);
        const previous = old.find((candidate) => sameJson(itemKey(candidate, kind.keys), key));
        if (previous !== undefined && sameJson(previous, item)) continue;
        const fields = walk(item, previous, path, custom);
        set[`k:${JSON.stringify(key)}`] = previous === undefined ? { '.': {}, ...fields } : fields;
      }
      return set;
  }
}

export function isEmptySet(set: FieldSet): boolean {
  return Object.keys(set).length === 0;
}

export function unite(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = { ...a };
  for (const [path, children] of Object.entries(b)) result[path] = unite(result[path] ?? {}, children);
  return result;
}

/** Without the leaves of `b`; branches that lose all their leaves go too. */
export function subtract(a: FieldSet, b: FieldSet): FieldSet {
  const result: FieldSet = {};
  for (const [path, children] of Object.entries(a)) {
    const other = b[path];
    if (other === undefined) result[path] = children;
    else if (!isEmptySet(children)) {
      const rest = isEmptySet(other) ? {} : subtract(children, other);
      if (!isEmptySet(rest)) result[path] = rest;
    }
  }
  return result;
}

/** The leaves of a set, each as its path. */
export function* leavesOf(set: FieldSet, path: readonly string[] = []): Generator<readonly string[]> {
  for (const [step, children] of Object.entries(set)) {
    if (isEmptySet(children)) yield [...path, step];
    else yield* leavesOf(children, [...path, step]);
  }
}

/** What the path leads to; `.` leads to the item itself. */
export function resolve(object: unknown, path: readonly string[]): unknown {
  let at = object;
  for (const step of path) {
    if (step === '.') return at;
    at = descend(at, step);
  }
  return at;
}

/** One step: a field of an object, an item of a list by its key, or a value of a set. */
export function descend(value: unknown, step: string): unknown {
  const argument = step.slice(2);
  if (step.startsWith('f:')) return isJsonObject(value) ? value[argument] : undefined;
  if (!Array.isArray(value)) return undefined;
  const wanted = JSON.parse(argument) as unknown;
  return (value as unknown[]).find((item) =>
    isJsonObject(wanted) ? sameJson(itemKey(item, Object.keys(wanted)), wanted) : sameJson(item, wanted),
  );
}
