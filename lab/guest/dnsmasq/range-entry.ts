/** `dhcp-range`: from where to where addresses are given out, or only the reserved ones of a subnet. */
import { isIPv4 } from 'node:net';
import { isLeaseTime } from './lease-time.js';
import { assignments, conditions, type Conditions } from './tags.js';

export interface RangeEntry {
  readonly when: Conditions;
  readonly sets: readonly string[];
  readonly start: string;
  /** `null`: only machines with a reserved address are answered. */
  readonly end: string | null;
  /** `null` takes the interface's own. */
  readonly netmask: string | null;
}

/** @returns `undefined` for a malformed one. */
export function rangeEntry(words: readonly string[]): RangeEntry | undefined {
  const { sets, rest: untagged } = assignments(words);
  const { when, rest } = conditions(untagged);
  const [start = '', ...more] = rest;
  if (!isIPv4(start)) return undefined;
  const isStatic = more[0] === 'static';
  const end = isIPv4(more[0] ?? '') ? (more[0] ?? null) : null;
  // `dhcp-range=10.0.0.1` alone gives out that one address.
  const others = isStatic || end !== null ? more.slice(1) : more;
  const masks = others.filter((word) => isIPv4(word));
  const lease = others.find((word) => !isIPv4(word));
  if (masks.length > 2 || (lease !== undefined && !isLeaseTime(lease))) return undefined;
  return { when, sets, start, end: isStatic ? null : (end ?? start), netmask: masks[0] ?? null };
}
