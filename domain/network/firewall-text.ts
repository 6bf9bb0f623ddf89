/** Addresses and ports of firewall rules, as text. */
import { type AddressFamily, parseAddress } from './address.js';
import { parseCidr } from './cidr.js';

/** Ports that one rule may list: the packet filter counts to 15, and a range as two. */
export const MAX_PORTS = 15;

const MAX_PORT = 65_535;

/**
 * Reads an address, a subnet, or a range of two full addresses.
 * @returns its family, or why the text is none of them.
 */
export function parseMatch(text: string): { readonly family: AddressFamily } | string {
  if (text.includes('/')) return parseCidr(text);
  const [from = '', to, ...rest] = text.split('-');
  const first = parseAddress(from);
  if (first === undefined || rest.length > 0) {
    return 'must be an address, a subnet or a range, such as "10.1.107.100-10.1.107.150"';
  }
  if (to === undefined) return first;
  const last = parseAddress(to);
  if (last === undefined) return `"${to}" is not an IP address`;
  if (last.family !== first.family) return 'both ends must be IPv4, or both IPv6';
  return last.value < first.value ? `ends at "${to}", before it begins` : first;
}

/** Reads `6443` or `30000:32767`. @returns how many ports it counts for, or why the text is no port. */
export function parsePorts(text: string): { readonly weight: number } | string {
  const match = /^(\d{1,5})(?::(\d{1,5}))?$/.exec(text);
  if (match === null) return 'must be a port or a range, such as "6443" or "30000:32767"';
  const from = Number(match[1]);
  const to = Number(match[2] ?? match[1]);
  if (from < 1 || to > MAX_PORT) return `must be within 1 to ${MAX_PORT}`;
  if (to < from) return `ends at ${to}, before it begins`;
  return { weight: match[2] === undefined ? 1 : 2 };
}
