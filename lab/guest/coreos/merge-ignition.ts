/** How Ignition puts a referenced configuration over the one that refers to it (https://coreos.github.io/ignition/operator-notes/#config-merging). */
import { isRecord, type Json } from './json.js';

/** Lists whose entries are one when this field is the same. */
const KEYS: Readonly<Record<string, string>> = {
  users: 'name',
  groups: 'name',
  files: 'path',
  directories: 'path',
  links: 'path',
  units: 'name',
  dropins: 'name',
};
/** Lists that are put together, each entry once. */
const SETS = new Set(['sshAuthorizedKeys', 'groups']);

/** What the child says wins. */
export function mergeIgnition(parent: Json, child: Json): Json {
  const merged: Record<string, unknown> = { ...parent };
  for (const [key, value] of Object.entries(child)) merged[key] = mergedValue(key, parent[key], value);
  return merged;
}

function mergedValue(key: string, before: unknown, after: unknown): unknown {
  if (isRecord(before) && isRecord(after)) return mergeIgnition(before, after);
  if (!Array.isArray(before) || !Array.isArray(after)) return after;
  const all = [...(before as unknown[]), ...(after as unknown[])];
  if (SETS.has(key) && all.every((entry) => typeof entry === 'string')) return [...new Set(all)];
  const by = KEYS[key];
  if (by === undefined) return after;
  const entries = new Map<unknown, Json>();
  for (const entry of all.filter(isRecord)) {
    const known = entries.get(entry[by]);
    entries.set(entry[by], known === undefined ? entry : mergeIgnition(known, entry));
  }
  return [...entries.values()];
}
