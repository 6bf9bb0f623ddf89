/** Lines that give a request tags: by what it brings along, or by tags that it has already. */
import type { DhcpRequest } from '../networking/dhcp.js';
import { assignments, conditions, type Conditions } from './tags.js';

export interface MatchEntry {
  readonly kind: 'option' | 'vendor' | 'user';
  readonly sets: readonly string[];
  /** An option's number, or the class. */
  readonly subject: string;
  /** `null`: that it is there is enough. */
  readonly value: string | null;
}

export interface TagIf {
  readonly when: Conditions;
  readonly sets: readonly string[];
}

const CLIENT_ARCHITECTURE = '93';
const IPXE_FEATURES = '175';
const OPTION_NAMES: Readonly<Record<string, string>> = { 'client-arch': CLIENT_ARCHITECTURE };

/** @returns `undefined` for a malformed one. */
export function matchEntry(kind: MatchEntry['kind'], words: readonly string[]): MatchEntry | undefined {
  const { sets, rest } = assignments(words);
  const [subject = '', value = null] = rest;
  if (sets.length !== 1 || subject === '') return undefined;
  if (kind !== 'option') return { kind, sets, subject, value: null };
  const named = /^option:(.+)$/.exec(subject)?.[1];
  const number = named === undefined ? subject : OPTION_NAMES[named];
  if (number === undefined || !/^\d{1,3}$/.test(number)) return undefined;
  return { kind, sets, subject: number, value };
}

/** `set:` words are given where all `tag:` words hold. */
export function tagIf(words: readonly string[]): TagIf | undefined {
  const { sets, rest: untagged } = assignments(words);
  const { when, rest } = conditions(untagged);
  return sets.length === 0 || rest.length > 0 ? undefined : { when, sets };
}

export function matches({ kind, subject, value }: MatchEntry, { firmware }: DhcpRequest): boolean {
  if (firmware === null) return false;
  const architecture = String(firmware.architecture);
  switch (kind) {
    case 'vendor':
      return `PXEClient:Arch:${architecture.padStart(5, '0')}:UNDI:002001`.includes(subject);
    case 'user':
      return firmware.isIpxe && subject === 'iPXE';
    case 'option':
      if (subject === IPXE_FEATURES) return firmware.isIpxe;
      return subject === CLIENT_ARCHITECTURE && (value === null || value === architecture);
  }
}
