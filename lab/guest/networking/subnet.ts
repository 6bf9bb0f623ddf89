/** Arithmetic on the subnets that interfaces stand in. */
import ipaddr from 'ipaddr.js';

export interface InterfaceAddress {
  readonly address: string;
  readonly prefixLength: number;
}

export const ALL_IPV4 = '0.0.0.0/0';

/** Whether the address lies in the subnet. False for texts that are no addresses. */
export function contains({ address, prefixLength }: InterfaceAddress, other: string): boolean {
  return isIn(other, `${address}/${prefixLength}`);
}

/** @param cidr such as `10.1.0.0/16`. */
export function isIn(address: string, cidr: string): boolean {
  if (!ipaddr.isValid(address) || !ipaddr.isValidCIDR(cidr)) return false;
  const one = ipaddr.parse(address);
  const [network, bits] = ipaddr.parseCIDR(cidr);
  return one.kind() === network.kind() && one.match(network, bits);
}

/** The first address that a host of the subnet can have: `10.1.107.1` of `10.1.107.42/24`. */
export function firstHost({ address, prefixLength }: InterfaceAddress): string {
  const bytes = ipaddr.parse(address).toByteArray();
  const network = bytes.map((byte, index) => {
    const bits = Math.min(8, Math.max(0, prefixLength - index * 8));
    return byte & (0xff << (8 - bits)) & 0xff;
  });
  const last = network.length - 1;
  network[last] = (network[last] ?? 0) | 1;
  return ipaddr.fromByteArray(network).toString();
}
