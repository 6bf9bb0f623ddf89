/** Domain names, as text without the dot at the end and as they go over the wire (RFC 1035, section 3.1). */
import { fail } from '../../domain/errors.js';

const LONGEST_LABEL = 63;
const LONGEST_NAME = 255;
/** The two upper bits of a length say that the name goes on elsewhere (RFC 1035, section 4.1.4). */
const POINTER = 0xc0;
/** What our names are made of; the underscore is of service names, the star of wildcards. */
const OUR_LABEL = /^(?:\*|[a-z0-9_*](?:[a-z0-9_-]*[a-z0-9_])?)$/i;

/** Names are the same in upper and lower case (RFC 4343). */
export function sameName(one: string, other: string): boolean {
  return canonicalName(one) === canonicalName(other);
}

/** In lower case, without the dot at the end; the root is ''. */
export function canonicalName(name: string): string {
  return (name.endsWith('.') ? name.slice(0, -1) : name).toLowerCase();
}

/** Whether the name is the zone's own or below it. */
export function isWithin(name: string, zone: string): boolean {
  const [below, above] = [canonicalName(name), canonicalName(zone)];
  return above === '' || below === above || below.endsWith(`.${above}`);
}

/**
 * Uncompressed, in lower case: the form that signatures are made over (RFC 8945, section 4.3.3).
 * @throws `DNS_NAME_INVALID`
 */
export function encodeName(name: string): Buffer {
  const canonical = canonicalName(name);
  const labels = canonical === '' ? [] : canonical.split('.');
  for (const label of labels) {
    if (!OUR_LABEL.test(label) || label.length > LONGEST_LABEL) {
      throw fail('DNS_NAME_INVALID', `"${name}" has the label "${label}"`);
    }
  }
  const parts = labels.flatMap((label) => [Buffer.of(label.length), Buffer.from(label, 'latin1')]);
  const encoded = Buffer.concat([...parts, Buffer.of(0)]);
  if (encoded.length > LONGEST_NAME) {
    throw fail('DNS_NAME_INVALID', `"${name}" is longer than ${LONGEST_NAME} bytes on the wire`);
  }
  return encoded;
}

export interface DecodedName {
  /** In lower case. Bytes of others that are no part of a host name are escaped as `\DDD`, as zone files do. */
  readonly name: string;
  /** Where what follows the name begins. */
  readonly end: number;
}

/**
 * Reads a name, which may go on at an earlier place of the message.
 * @throws RangeError when it is cut off, too long, or leads forward or nowhere.
 */
export function decodeName(message: Buffer, start: number): DecodedName {
  const labels: string[] = [];
  let at = start;
  let end: number | undefined;
  let size = 1;
  // Each jump has to lead further back than all before, so that it ends.
  let limit = start;
  for (;;) {
    const length = message.readUInt8(at);
    if (length === 0) return { name: labels.join('.'), end: end ?? at + 1 };
    if ((length & POINTER) === POINTER) {
      end ??= at + 2;
      at = message.readUInt16BE(at) & 0x3fff;
      if (at >= limit) throw new RangeError('a name leads forward');
      limit = at;
      continue;
    }
    if ((length & POINTER) !== 0) throw new RangeError('a label is of an unknown kind');
    if (at + 1 + length > message.length) throw new RangeError('a label is cut off');
    size += length + 1;
    if (size > LONGEST_NAME) throw new RangeError('a name is too long');
    labels.push(labelText(message.subarray(at + 1, at + 1 + length)));
    at += length + 1;
  }
}

function labelText(label: Buffer): string {
  return [...label]
    .map((byte) => {
      const character = String.fromCodePoint(byte).toLowerCase();
      return /[a-z0-9_*-]/.test(character) ? character : `\\${String(byte).padStart(3, '0')}`;
    })
    .join('');
}
