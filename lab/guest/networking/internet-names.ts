/** The name server beyond the lab's router: it knows the hosts of the lab's Internet and nothing else. */
import { createHash } from 'node:crypto';
import { fetchPage } from '../web.js';
import type { DnsServer } from './dns.js';

/** Documentation addresses (RFC 5737): no machine of the lab has one. */
const PREFIX = '203.0.113.';

/** @returns `undefined` for a host that does not exist. */
export function internetAddress(host: string): string | undefined {
  if (!URL.canParse(`https://${host}/`) || fetchPage(new URL(`https://${host}/`)) === undefined)
    return undefined;
  const [byte = 0] = createHash('sha256').update(host).digest();
  return `${PREFIX}${1 + (byte % 254)}`;
}

export function isInternetAddress(address: string): boolean {
  return address.startsWith(PREFIX);
}

export const internetNames: DnsServer = {
  answer: ({ name, type }) => {
    const address = internetAddress(name);
    if (address === undefined) return { kind: 'no-such-name' };
    return { kind: 'records', records: type === 'A' ? [{ name, type, value: address }] : [] };
  },
};
