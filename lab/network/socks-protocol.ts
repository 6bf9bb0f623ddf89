/** The messages of SOCKS 5 (RFC 1928) that a server without authentication needs. */
import ipaddr from 'ipaddr.js';

export type Parsed<T> =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'malformed' }
  /** `length` bytes were used. */
  | { readonly kind: 'parsed'; readonly value: T; readonly length: number };

export type Reply =
  | 'succeeded'
  | 'host-unreachable'
  | 'connection-refused'
  | 'command-not-supported'
  | 'address-type-not-supported';

/** A connection that is wanted, or the reply that says why it cannot be. */
export type Request =
  | { readonly kind: 'connect'; readonly address: string; readonly port: number }
  | { readonly kind: 'refused'; readonly reply: Exclude<Reply, 'succeeded'> };

const VERSION = 5;
const NO_AUTHENTICATION = 0;
const NO_ACCEPTABLE_METHODS = 0xff;
const CONNECT = 1;
const IPV4 = 1;
const DOMAIN_NAME = 3;
const IPV6 = 4;

const REPLY_CODES: Readonly<Record<Reply, number>> = {
  succeeded: 0,
  'host-unreachable': 4,
  'connection-refused': 5,
  'command-not-supported': 7,
  'address-type-not-supported': 8,
};

const INCOMPLETE = { kind: 'incomplete' } as const;
const MALFORMED = { kind: 'malformed' } as const;

/** Section 3: which ways to authenticate the client offers. */
export function parseGreeting(bytes: Buffer): Parsed<{ readonly acceptsNoAuthentication: boolean }> {
  if (bytes.length > 0 && bytes[0] !== VERSION) return MALFORMED;
  const count = bytes[1];
  if (count === undefined || bytes.length < 2 + count) return INCOMPLETE;
  const acceptsNoAuthentication = bytes.subarray(2, 2 + count).includes(NO_AUTHENTICATION);
  return { kind: 'parsed', value: { acceptsNoAuthentication }, length: 2 + count };
}

export function greetingReply(isAccepted: boolean): Buffer {
  return Buffer.from([VERSION, isAccepted ? NO_AUTHENTICATION : NO_ACCEPTABLE_METHODS]);
}

/** Section 4. An IPv4 address inside an IPv6 one is given as IPv4; a domain name may spell an address. */
export function parseRequest(bytes: Buffer): Parsed<Request> {
  if ((bytes.length > 0 && bytes[0] !== VERSION) || (bytes.length > 2 && bytes[2] !== 0)) return MALFORMED;
  const [, command, , type, first] = bytes;
  if (command === undefined || type === undefined || first === undefined) return INCOMPLETE;
  const start = type === DOMAIN_NAME ? 5 : 4;
  const size = type === IPV4 ? 4 : type === IPV6 ? 16 : type === DOMAIN_NAME ? first : undefined;
  if (size === undefined) {
    return {
      kind: 'parsed',
      value: { kind: 'refused', reply: 'address-type-not-supported' },
      length: bytes.length,
    };
  }
  const length = start + size + 2;
  if (bytes.length < length) return INCOMPLETE;
  if (command !== CONNECT) {
    return { kind: 'parsed', value: { kind: 'refused', reply: 'command-not-supported' }, length };
  }
  const host = bytes.subarray(start, start + size);
  const address = type === DOMAIN_NAME ? host.toString('latin1') : ipaddr.fromByteArray([...host]).toString();
  const port = bytes.readUInt16BE(start + size);
  return { kind: 'parsed', value: { kind: 'connect', address: canonical(address), port }, length };
}

/** Section 6, with an unspecified address: nothing is bound on the host. */
export function replyTo(reply: Reply): Buffer {
  return Buffer.from([VERSION, REPLY_CODES[reply], 0, IPV4, 0, 0, 0, 0, 0, 0]);
}

function canonical(address: string): string {
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address.toLowerCase();
}
