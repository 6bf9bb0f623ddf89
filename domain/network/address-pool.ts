/** The addresses that a cluster's machines may be given. */
import { fail } from '../errors.js';
import { parseCidr, usableRange } from './cidr.js';
import { addressesOf, parseRange } from './range.js';

export interface AddressPool {
  /** In ascending order, as canonical text; at most `MAX_RANGE_SIZE`. */
  readonly addresses: readonly string[];
  /** Of the subnet that they are in. */
  readonly prefixLength: number;
}

/**
 * The part of the range that machines in the subnet may have: no network and no broadcast address.
 * @param range such as `10.1.107.100-150`.
 * @param cidr such as `10.1.107.0/24`.
 * @throws `INVALID_REQUEST` when a text is not what it should be.
 */
export function addressPool(range: string, cidr: string): AddressPool {
  const wanted = parseRange(range);
  if (typeof wanted === 'string') throw fail('INVALID_REQUEST', `the range "${range}" ${wanted}`);
  const subnet = parseCidr(cidr);
  if (typeof subnet === 'string') throw fail('INVALID_REQUEST', `the subnet "${cidr}" ${subnet}`);

  const usable = usableRange(subnet);
  const { prefixLength } = subnet;
  if (usable.family !== wanted.family) return { addresses: [], prefixLength };
  const first = wanted.first > usable.first ? wanted.first : usable.first;
  const last = wanted.last < usable.last ? wanted.last : usable.last;
  return { addresses: [...addressesOf({ family: usable.family, first, last })], prefixLength };
}
