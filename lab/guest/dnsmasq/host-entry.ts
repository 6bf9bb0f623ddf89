/** `dhcp-host`: a machine that the server knows. Its parts may stand in any order. */
import { isIPv4 } from 'node:net';
import { isLeaseTime } from './lease-time.js';
import { assignments, conditions } from './tags.js';

export interface HostEntry {
  /** Lower case. */
  readonly macs: readonly string[];
  readonly sets: readonly string[];
  readonly address: string | null;
  readonly name: string | null;
  readonly isIgnored: boolean;
}

const MAC = /^[0-9a-f]{1,2}(?::[0-9a-f]{1,2}){5}$/i;
const NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/i;

/** @returns `undefined` for a malformed one. */
export function hostEntry(words: readonly string[]): HostEntry | undefined {
  const { sets, rest: untagged } = assignments(words);
  const { rest } = conditions(untagged);
  const macs = rest.filter((word) => MAC.test(word));
  const others = rest.filter((word) => !MAC.test(word));
  const addresses = others.filter((word) => isIPv4(word));
  const isIgnored = others.includes('ignore');
  // A number with a unit is a time before it is a name.
  const names = others.filter((word) => !isIPv4(word) && !isLeaseTime(word) && word !== 'ignore');
  if (addresses.length > 1 || names.length > 1 || names.some((name) => !NAME.test(name))) return undefined;
  return {
    macs: macs.map((mac) => mac.toLowerCase()),
    sets,
    address: addresses[0] ?? null,
    name: names[0] ?? null,
    isIgnored,
  };
}
