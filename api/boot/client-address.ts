/** The address that a request comes from, as the store compares it. */
import type { Request } from 'express';
import { formatAddress, parseAddress } from '../../domain/network/address.js';

const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

/** One address has many spellings; what is none is nobody's. */
export function clientAddress({ ip = '' }: Pick<Request, 'ip'>): string {
  const text = IPV4_IN_IPV6.exec(ip)?.[1] ?? ip;
  const address = parseAddress(text);
  return address === undefined ? '' : formatAddress(address);
}
