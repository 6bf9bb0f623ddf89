/** Server-side apply: merges a configuration into an object, and keeps count of whose each field is. */
import { isJsonObject, sameJson, type JsonObject } from '../model/json.js';
import type { FieldSet, KubeObject, ManagedFieldsEntry } from '../model/kube-object.js';
import { StatusError } from '../model/status-error.js';
import { descend, fieldsOf, isEmptySet, leavesOf, resolve, subtract, unite } from './field-set.js';
import { itemKey, listKind } from './list-keys.js';
import { isEntryOf, newEntry, type Writer } from './managed-fields.js';

export interface Apply {
  readonly writer: Writer;
  /** Takes fields over from other managers instead of refusing. */
  readonly force: boolean;
  readonly custom: boolean;
}

export interface Applied {
  readonly object: JsonObject;
  readonly managedFields: ManagedFieldsEntry[];
}

/** @throws StatusError 409 with one cause for each field that another manager holds at another value. */
export function applyConfiguration(current: KubeObject, configuration: JsonObject, apply: Apply): Applied {
  const { writer, force, custom } = apply;
  const wanted = fieldsOf(configuration, custom);
  const entries = current.metadata.managedFields ?? [];
  const own = entries.find((entry) => isEntryOf(entry, writer, 'Apply'));
  const others = entries.filter((entry) => entry !== own);
  const conflicts = others.map((entry) => ({
    entry,
    fields: conflicting(wanted, entry.fieldsV1, current, configuration),
  }));
  if (!force) refuseConflicts(conflicts);

  const remaining = conflicts
    .map(({ entry, fields }) => ({ ...entry, fieldsV1: subtract(entry.fieldsV1, fields) }))
    .filter(({ fieldsV1 }) => !isEmptySet(fieldsV1));
  const held = remaining.reduce((all, { fieldsV1 }) => unite(all, fieldsV1), wanted);
  const abandoned = subtract(own?.fieldsV1 ?? {}, held);
  const merged = merge(current, configuration, [], custom) as JsonObject;
  const object = prune(merged, abandoned, held) as JsonObject;
  const apiVersion = String(configuration['apiVersion']);
  return { object, managedFields: [...remaining, newEntry(writer, 'Apply', apiVersion, wanted)] };
}

function conflicting(
  wanted: FieldSet,
  held: FieldSet,
  current: KubeObject,
  configuration: JsonObject,
): FieldSet {
  let fields: FieldSet = {};
  for (const path of leavesOf(wanted)) {
    if (path.at(-1) === '.' || !holds(held, path)) continue;
    if (!sameJson(resolve(current, path), resolve(configuration, path))) fields = unite(fields, asSet(path));
  }
  return fields;
}

function refuseConflicts(
  conflicts: readonly { readonly entry: ManagedFieldsEntry; readonly fields: FieldSet }[],
): void {
  const causes = conflicts.flatMap(({ entry, fields }) =>
    [...leavesOf(fields)].map((path) => ({
      reason: 'FieldManagerConflict',
      message: `conflict with "${entry.manager}" using ${entry.apiVersion}`,
      field: readable(path),
    })),
  );
  if (causes.length === 0) return;
  const list = causes.map(({ message, field }) => `${message}: ${field}`).join(', ');
  const count = causes.length === 1 ? '1 conflict' : `${causes.length} conflicts`;
  throw new StatusError('Conflict', `Apply failed with ${count}: ${list}`, { causes });
}

function holds(set: FieldSet, path: readonly string[]): boolean {
  let at: FieldSet | undefined = set;
  for (const step of path) at = at?.[step];
  return at !== undefined;
}

function asSet(path: readonly string[]): FieldSet {
  return path.reduceRight<FieldSet>((children, step) => ({ [step]: children }), {});
}

/** `.spec.containers[name="web"].image` */
function readable(path: readonly string[]): string {
  return path
    .map((step) => {
      const argument = step.slice(2);
      if (step.startsWith('f:')) return `.${argument}`;
      if (step.startsWith('v:')) return `[${argument}]`;
      const keys = Object.entries(JSON.parse(argument) as JsonObject);
      return `[${keys.map(([key, value]) => `${key}=${JSON.stringify(value)}`).join(',')}]`;
    })
    .join('');
}

function merge(current: unknown, wanted: unknown, path: readonly string[], custom: boolean): unknown {
  if (isJsonObject(wanted)) {
    const result: JsonObject = isJsonObject(current) ? { ...current } : {};
    for (const [name, value] of Object.entries(wanted))
      result[name] = merge(result[name], value, [...path, name], custom);
    return result;
  }
  if (!Array.isArray(wanted) || !Array.isArray(current)) return wanted;
  const kind = listKind(path, custom);
  switch (kind.kind) {
    case 'atomic':
      return wanted;
    case 'set':
      return [...(current as unknown[]), ...(wanted as unknown[]).filter((item) => !current.includes(item))];
    case 'map': {
      const same = (a: unknown, b: unknown): boolean =>
        sameJson(itemKey(a, kind.keys), itemKey(b, kind.keys));
      const kept = (current as unknown[]).map((item) => {
        const change = (wanted as unknown[]).find((candidate) => same(candidate, item));
        return change === undefined ? item : merge(item, change, path, custom);
      });
      const added = (wanted as unknown[]).filter(
        (item) => !current.some((candidate) => same(candidate, item)),
      );
      return [...kept, ...added];
    }
  }
}

/** Removes the abandoned fields, and what they leave empty; an item of a list goes with its last owner. */
function prune(value: unknown, abandoned: FieldSet, held: FieldSet): unknown {
  if (isJsonObject(value)) {
    const result: JsonObject = { ...value };
    for (const [step, children] of Object.entries(abandoned)) {
      const name = step.slice(2);
      const rest = isEmptySet(children) ? undefined : prune(result[name], children, held[step] ?? {});
      const isGone =
        rest === undefined || (typeof rest === 'object' && rest !== null && Object.keys(rest).length === 0);
      if (isGone) delete result[name];
      else result[name] = rest;
    }
    return result;
  }
  if (!Array.isArray(value)) return value;
  return (value as unknown[]).flatMap((item) => {
    const step = Object.keys(abandoned).find((candidate) => descend([item], candidate) !== undefined);
    if (step === undefined) return [item];
    const { '.': isAbandoned, ...children } = abandoned[step] ?? {};
    const isWhole = step.startsWith('v:') || (isAbandoned !== undefined && held[step] === undefined);
    return isWhole ? [] : [prune(item, children, held[step] ?? {})];
  });
}
