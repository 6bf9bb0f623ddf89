/**
 * Strategic merge patches of machine configurations
 * (https://docs.siderolabs.com/talos/latest/configure-your-talos-cluster/system-configuration/patching): mappings are
 * merged, lists are appended to, a few of them are merged by a key or replaced, and `$patch: delete` takes a part away.
 */
import { fail } from '../../../domain/errors.js';

export type JsonObject = Readonly<Record<string, unknown>>;

/** Lists and mappings that a patch replaces as a whole. */
const REPLACED: ReadonlySet<string> = new Set([
  '/cluster/network/podSubnets',
  '/cluster/network/serviceSubnets',
  '/cluster/apiServer/auditPolicy',
]);

/** Entries of these lists are told apart by the first of these fields that the patch's entry has. */
const KEYED: readonly { readonly path: RegExp; readonly fields: readonly string[] }[] = [
  { path: /^\/machine\/network\/interfaces$/, fields: ['interface', 'deviceSelector'] },
  { path: /^\/machine\/network\/interfaces\/vlans$/, fields: ['vlanId'] },
  { path: /^\/cluster\/apiServer\/admissionControl$/, fields: ['name'] },
];

const DIRECTIVE = '$patch';

/** @throws `TALOS_CONFIGURATION_INVALID` where a patch has something else than what it is merged with. */
export function strategicMerge(document: JsonObject, patch: JsonObject): JsonObject {
  return mergeObjects(document, patch, '');
}

function mergeObjects(left: JsonObject, right: JsonObject, path: string): JsonObject {
  const result: Record<string, unknown> = { ...left };
  for (const [key, value] of Object.entries(right)) {
    const merged = isDeletion(value) ? undefined : mergeValues(left[key], value, `${path}/${key}`);
    if (merged === undefined) delete result[key];
    else result[key] = merged;
  }
  return result;
}

function mergeValues(left: unknown, right: unknown, path: string): unknown {
  // Talos takes an empty text, a zero and nothing for what the patch does not speak of.
  if (right === null || right === '' || right === 0) return left;
  if (left === undefined || left === null || REPLACED.has(path)) return withoutDeletions(right);
  if (isObject(left) && isObject(right)) return mergeObjects(left, right, path);
  if (Array.isArray(left) && Array.isArray(right)) return mergeLists(left, right, path);
  if (kindOf(left) === kindOf(right)) return right;
  const detail = `${path} is a ${kindOf(left)}, and a patch has a ${kindOf(right)} there`;
  throw fail('TALOS_CONFIGURATION_INVALID', detail);
}

function mergeLists(left: readonly unknown[], right: readonly unknown[], path: string): unknown[] {
  const fields = KEYED.find((candidate) => candidate.path.test(path))?.fields;
  const result = [...left];
  for (const entry of right) {
    const field = isObject(entry) ? fields?.find((name) => entry[name] !== undefined) : undefined;
    const at =
      field === undefined ? -1 : result.findIndex((other) => isSame(part(other, field), part(entry, field)));
    if (isDeletion(entry)) {
      if (at >= 0) result.splice(at, 1);
    } else if (at < 0) result.push(withoutDeletions(entry));
    else {
      // The field is the same on both sides: only what stands beside it is merged.
      const { [field as string]: _same, ...rest } = entry as JsonObject;
      result[at] = mergeObjects(result[at] as JsonObject, rest, path);
    }
  }
  return result;
}

function withoutDeletions(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((entry) => !isDeletion(entry)).map(withoutDeletions);
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, entry]) => !isDeletion(entry))
      .map(([key, entry]) => [key, withoutDeletions(entry)]),
  );
}

function isDeletion(value: unknown): boolean {
  return isObject(value) && value[DIRECTIVE] === 'delete';
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function part(value: unknown, field: string): unknown {
  return isObject(value) ? value[field] : undefined;
}

function isSame(one: unknown, other: unknown): boolean {
  return one !== undefined && JSON.stringify(one) === JSON.stringify(other);
}

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'list';
  if (isObject(value)) return 'mapping';
  return typeof value;
}
