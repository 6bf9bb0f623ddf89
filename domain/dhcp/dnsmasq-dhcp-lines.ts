/** The lines by which dnsmasq gives the machines of one cluster their addresses, and answers no other machine. */
import { ADDRESS_BITS, formatAddress } from '../network/address.js';
import { parseCidr } from '../network/cidr.js';
import type { Reservation } from './reservation.js';

/** What a cluster's reservations set: what is the cluster's own is bound to it, for servers of several clusters. */
export function clusterTag(cluster: string): string {
  return `cw-${cluster}`;
}

/** @param title without a full stop. */
export function section(title: string, lines: readonly string[]): string[] {
  return ['', `# ${title}.`, ...lines];
}

export function listenLines(device: string): string[] {
  return section('Where to listen: an interface that comes up later is taken then', [
    `interface=${device}`,
    'except-interface=lo',
    'bind-dynamic',
  ]);
}

export function reservationLines(
  cluster: string,
  { subnet, reservations }: { readonly subnet: string; readonly reservations: readonly Reservation[] },
): string[] {
  return section('Whom to answer: machines with a reservation, and nobody else', [
    `dhcp-range=${subnetAndMask(subnet)}`,
    'dhcp-ignore=tag:!known',
    'dhcp-authoritative',
    // Addresses are decided elsewhere: a lease from before must not keep an address from its new machine.
    'leasefile-ro',
    'log-dhcp',
    ...reservations.map(
      ({ mac, address, hostname }) => `dhcp-host=${mac},set:${clusterTag(cluster)},${address},${hostname}`,
    ),
  ]);
}

/** A DHCP option with its values; without any it is not sent, instead of naming the server itself. */
export function optionLine(cluster: string, name: string, values: readonly string[]): string {
  return `dhcp-option=${[`tag:${clusterTag(cluster)}`, `option:${name}`, ...values].join(',')}`;
}

/** DHCP for IPv4 cannot name the others. */
export function ipv4Only(addresses: readonly string[]): readonly string[] {
  return addresses.filter((address) => !address.includes(':'));
}

/** `static`: only reserved addresses are given. */
function subnetAndMask(subnet: string): string {
  const cidr = parseCidr(subnet);
  if (typeof cidr === 'string') return subnet;
  const hostBits = BigInt(ADDRESS_BITS[4] - cidr.prefixLength);
  const mask = ((1n << hostBits) - 1n) ^ 0xffff_ffffn;
  const text = (value: bigint): string => formatAddress({ family: 4, value });
  return `${text(cidr.base)},static,${text(mask)},1h`;
}
