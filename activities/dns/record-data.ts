/** What records hold: of addresses and texts as they are needed, of all others their bytes. */
import { ADDRESS_BITS, formatAddress, parseAddress } from '../../domain/network/address.js';
import { fail } from '../../domain/errors.js';
import { decodeName } from './name.js';

/** RFC 1035, section 3.2.2; RFC 3596; RFC 8945; RFC 2136, section 2.3 for the two last ones. */
export const TYPES = { A: 1, CNAME: 5, SOA: 6, TXT: 16, AAAA: 28, TSIG: 250, ANY: 255 } as const;
export const CLASSES = { IN: 1, NONE: 254, ANY: 255 } as const;

const LONGEST_TEXT = 255;

/** Which type of record holds the address. */
export function addressType(address: string): typeof TYPES.A | typeof TYPES.AAAA {
  return address.includes(':') ? TYPES.AAAA : TYPES.A;
}

/** @throws `DNS_NAME_INVALID` when it is no address. */
export function encodeAddress(text: string): Buffer {
  const address = parseAddress(text);
  if (address === undefined) throw fail('DNS_NAME_INVALID', `"${text}" is no address`);
  const digits = ADDRESS_BITS[address.family] / 4;
  return Buffer.from(address.value.toString(16).padStart(digits, '0'), 'hex');
}

/** @throws `DNS_NAME_INVALID` when it does not fit into one string of a TXT record. */
export function encodeText(text: string): Buffer {
  const bytes = Buffer.from(text, 'utf8');
  if (bytes.length > LONGEST_TEXT) throw fail('DNS_NAME_INVALID', `"${text}" is too long for a TXT record`);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

/**
 * The text of a record's data, for comparing and for people.
 * @param message names in the data may go on at an earlier place of it.
 * @throws RangeError when the data is not what its type promises.
 */
export function dataText(message: Buffer, type: number, start: number, end: number): string {
  const data = message.subarray(start, end);
  switch (type) {
    case TYPES.A:
    case TYPES.AAAA: {
      const family = type === TYPES.A ? 4 : 6;
      if (data.length * 8 !== ADDRESS_BITS[family]) throw new RangeError('an address has another length');
      return formatAddress({ family, value: BigInt(`0x${data.toString('hex')}`) });
    }
    case TYPES.TXT:
      return textOf(data);
    case TYPES.CNAME: {
      const { name, end: after } = decodeName(message, start);
      if (after !== end) throw new RangeError('a name has another length');
      return name;
    }
    default:
      return data.toString('hex');
  }
}

/** A TXT record has one string or several. */
function textOf(data: Buffer): string {
  let text = '';
  for (let at = 0; at < data.length;) {
    const length = data.readUInt8(at);
    if (at + 1 + length > data.length) throw new RangeError('a text is cut off');
    text += data.toString('utf8', at + 1, at + 1 + length);
    at += length + 1;
  }
  return text;
}
