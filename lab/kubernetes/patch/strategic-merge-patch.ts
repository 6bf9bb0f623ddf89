/**
 * Strategic merge patch: a merge patch that merges lists by their keys and takes directives
 * (https://github.com/kubernetes/community/blob/main/contributors/devel/sig-api-machinery/strategic-merge-patch.md).
 */
import { isJsonObject, sameJson, type JsonObject } from '../model/json.js';
import { badRequest } from '../model/status-error.js';
import { listKind } from './list-keys.js';

const DIRECTIVE = '$patch';
const RETAIN_KEYS = '$retainKeys';
const ORDER_PREFIX = '$setElementOrder/';
const DELETE_PREFIX = '$deleteFromPrimitiveList/';

/** @param path of the target in the object, without list positions. */
export function applyStrategicMerge(
  target: unknown,
  patch: JsonObject,
  path: readonly string[] = [],
): JsonObject {
  if (patch[DIRECTIVE] === 'replace') return withoutDirectives(patch);
  const result: JsonObject = isJsonObject(target) ? retained({ ...target }, patch) : {};
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith('$')) continue;
    const at = [...path, key];
    if (value === null) delete result[key];
    else if (isJsonObject(value)) {
      if (value[DIRECTIVE] === 'delete') delete result[key];
      else result[key] = applyStrategicMerge(result[key], value, at);
    } else if (Array.isArray(value)) result[key] = mergeList(result[key], value, at);
    else result[key] = value;
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(DELETE_PREFIX)) removePrimitives(result, key.slice(DELETE_PREFIX.length), value);
  }
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(ORDER_PREFIX)) reorder(result, key.slice(ORDER_PREFIX.length), value, path);
  }
  return result;
}

function retained(target: JsonObject, patch: JsonObject): JsonObject {
  const keys = patch[RETAIN_KEYS];
  if (!Array.isArray(keys)) return target;
  return Object.fromEntries(Object.entries(target).filter(([key]) => keys.includes(key)));
}

function mergeList(target: unknown, patch: readonly unknown[], path: readonly string[]): unknown[] {
  const current: unknown[] = Array.isArray(target) ? target : [];
  const kind = listKind(path, false);
  if (kind.kind === 'set') return [...current, ...patch.filter((value) => !current.includes(value))];
  if (kind.kind === 'atomic' || patch.some((item) => isJsonObject(item) && item[DIRECTIVE] === 'replace')) {
    return patch.filter((item) => !isOnlyDirective(item)).map((item) => structuredClone(item));
  }
  // Unlike server-side apply, a strategic merge looks at the first key alone.
  const [key = ''] = kind.keys;
  let result = [...current];
  for (const item of patch) {
    if (!isJsonObject(item)) throw badRequest(`${path.join('.')}: expected an object with the key "${key}"`);
    const value = item[key];
    if (value === undefined)
      throw badRequest(`map: ${JSON.stringify(item)} does not contain declared merge key: ${key}`);
    const at = result.findIndex((candidate) => isJsonObject(candidate) && candidate[key] === value);
    if (item[DIRECTIVE] === 'delete') result = result.filter((_, index) => index !== at);
    else if (at < 0) result.push(applyStrategicMerge({}, item, path));
    else result[at] = applyStrategicMerge(result[at], item, path);
  }
  return result;
}

function removePrimitives(result: JsonObject, key: string, values: unknown): void {
  const list = result[key];
  if (!Array.isArray(list) || !Array.isArray(values)) return;
  result[key] = list.filter((item) => !values.some((value) => sameJson(item, value)));
}

/** Items that the order does not name keep their places behind those that it names. */
function reorder(result: JsonObject, name: string, order: unknown, path: readonly string[]): void {
  const list: unknown = result[name];
  if (!Array.isArray(list) || !Array.isArray(order)) return;
  const kind = listKind([...path, name], false);
  const [key] = kind.kind === 'map' ? kind.keys : [];
  const identity = (item: unknown): unknown => (key !== undefined && isJsonObject(item) ? item[key] : item);
  const wanted = order.map(identity);
  const rank = (item: unknown): number => {
    const at = wanted.indexOf(identity(item));
    return at < 0 ? wanted.length : at;
  };
  result[name] = [...(list as unknown[])].sort((a, b) => rank(a) - rank(b));
}

function isOnlyDirective(item: unknown): boolean {
  return isJsonObject(item) && DIRECTIVE in item && Object.keys(item).length === 1;
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith('$')));
}
