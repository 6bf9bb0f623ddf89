/** Formats of single option values; each check returns what is wrong with the value. */
import { isIPv4, isIPv6 } from 'node:net';
import { anyText, parseProperties } from './property-string.js';
import type { PropertyFormat } from './property-string.js';

export type FormatCheck = (value: string) => string | undefined;

const DNS_LABEL = '[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?';
const DNS_NAME = new RegExp(`^(?:${DNS_LABEL}\\.)*${DNS_LABEL}$`);
const TAG = /^[a-z0-9_][a-z0-9_\-+.]*$/i;

export function dnsName(value: string): string | undefined {
  return DNS_NAME.test(value) ? undefined : 'value does not look like a valid DNS name';
}

export function tagList(value: string): string | undefined {
  return splitList(value).every((tag) => TAG.test(tag)) ? undefined : 'invalid characters in tag';
}

export function ipConfig(value: string): string | undefined {
  const parsed = parseProperties(value, IP_CONFIG);
  if (parsed.kind === 'refused') return parsed.reason;
  if (parsed.properties.has('gw') && !parsed.properties.has('ip')) {
    return "format error\nip: missing property required by 'gw'";
  }
  return undefined;
}

/** At least 16 MiB, as `4096` or `current=4096`. */
export function memory(value: string): string | undefined {
  const mib = memoryMiB(value);
  if (mib === undefined) return `format error\ncurrent: type check ('integer') failed - got '${value}'`;
  return mib >= 16 ? undefined : 'format error\ncurrent: value must have a minimum value of 16';
}

/** 512 MiB when the option is not set, as Proxmox VE does; `undefined` when it is no number. */
export function memoryMiB(value: string | undefined): number | undefined {
  const digits = /^(?:current=)?(\d+)$/.exec(value ?? '512')?.[1];
  return digits === undefined ? undefined : Number(digits);
}

export function propertyString(format: PropertyFormat): FormatCheck {
  return (value) => {
    const parsed = parseProperties(value, format);
    return parsed.kind === 'refused' ? parsed.reason : undefined;
  };
}

/** Splits at commas, semicolons, blanks and NULs, as Proxmox VE's `split_list` does. */
export function splitList(text: string): string[] {
  return text.split(/[,;\s\0]+/).filter((item) => item !== '');
}

/** Lower case, sorted, each once: what becomes of the `tags` option. */
export function uniqueTags(text: string): string {
  return [...new Set(splitList(text).map((tag) => tag.toLowerCase()))].sort().join(';');
}

function cidr(isAddress: (text: string) => boolean, bits: number, words: readonly string[]): FormatCheck {
  return (value) => {
    const [address, prefix, ...rest] = value.split('/');
    const valid =
      isAddress(address ?? '') && /^\d+$/.test(prefix ?? '') && Number(prefix) <= bits && rest.length === 0;
    return valid || words.includes(value)
      ? undefined
      : `value does not look like a valid ipv${bits === 32 ? 4 : 6} network configuration`;
  };
}

const IP_CONFIG: PropertyFormat = {
  keys: {
    ip: cidr(isIPv4, 32, ['dhcp']),
    gw: (value) => (isIPv4(value) ? undefined : 'value does not look like a valid IPv4 address'),
    ip6: cidr(isIPv6, 128, ['dhcp', 'auto']),
    gw6: (value) => (isIPv6(value) ? undefined : 'value does not look like a valid IPv6 address'),
  },
};

export const AGENT_FORMAT: PropertyFormat = {
  defaultKey: 'enabled',
  keys: {
    enabled: anyText,
    fstrim_cloned_disks: anyText,
    'freeze-fs-on-backup': anyText,
    type: anyText,
  },
};
