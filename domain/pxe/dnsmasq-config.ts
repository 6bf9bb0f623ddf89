/** The text of the file by which dnsmasq answers the machines of one cluster, and no other machine. */
import { ADDRESS_BITS, formatAddress } from '../network/address.js';
import { parseCidr } from '../network/cidr.js';
import { checkedPxeNetwork, scriptUrl, type PxeNetwork } from './pxe-network.js';

/** Where the distribution's package `ipxe` puts its firmware. */
export const FIRMWARE_FOLDER = '/usr/lib/ipxe';
export const FIRMWARE = { bios: 'undionly.kpxe', uefi: 'ipxe.efi' } as const;

/** A line of a file that serves DNS; which of them do is read off it. */
export const DNS_MARK = '# DNS: on';

/**
 * One server may have a file for each of several clusters: an option that holds for all of them is the same in each,
 * and what is a cluster's own is bound to the tag that its reservations set.
 * @returns the same text for the same network, however its lists are ordered.
 * @throws `INVALID_REQUEST`
 */
export function dnsmasqConfig(request: PxeNetwork): string {
  const network = checkedPxeNetwork(request);
  const tag = `cw-${network.cluster}`;
  const lines = [
    `# Cluster ${network.cluster}: written by Clusterwright, and written again when it differs.`,
    ...section('Where to listen: an interface that comes up later is taken then', [
      `interface=${network.interface}`,
      'except-interface=lo',
      'bind-dynamic',
    ]),
    ...section('Whom to answer: machines with a reservation, and nobody else', [
      `dhcp-range=${subnetAndMask(network)}`,
      'dhcp-ignore=tag:!known',
      'dhcp-authoritative',
      // Addresses are decided elsewhere: a lease from before must not keep an address from its new machine.
      'leasefile-ro',
      'log-dhcp',
      ...network.reservations.map(
        ({ mac, address, hostname }) => `dhcp-host=${mac},set:${tag},${address},${hostname}`,
      ),
    ]),
    ...section('What to tell them', [
      // An option without a value is not sent; without these lines dnsmasq would name itself.
      `dhcp-option=tag:${tag},option:router${listOf(network.gateway === null ? [] : [network.gateway])}`,
      `dhcp-option=tag:${tag},option:dns-server${listOf(nameserversFor(network))}`,
      `dhcp-option=tag:${tag},option:domain-name,${network.domain}`,
    ]),
    ...section('What to boot: firmware gets iPXE (RFC 4578 names its kind), iPXE (option 175) its script', [
      'enable-tftp',
      `tftp-root=${FIRMWARE_FOLDER}`,
      'dhcp-match=set:ipxe,175',
      'dhcp-match=set:bios,option:client-arch,0',
      'dhcp-match=set:uefi,option:client-arch,7',
      'dhcp-match=set:uefi,option:client-arch,9',
      `dhcp-boot=tag:${tag},tag:ipxe,${scriptUrl(network)}`,
      `dhcp-boot=tag:${tag},tag:!ipxe,tag:bios,${FIRMWARE.bios},,${network.serverAddress}`,
      `dhcp-boot=tag:${tag},tag:!ipxe,tag:uefi,${FIRMWARE.uefi},,${network.serverAddress}`,
    ]),
    ...(network.dns === null ? [] : dnsLines(network, network.dns)),
  ];
  return `${lines.join('\n')}\n`;
}

function dnsLines({ domain, nameservers }: PxeNetwork, dns: NonNullable<PxeNetwork['dns']>): string[] {
  return [
    '',
    DNS_MARK,
    'no-resolv',
    'no-hosts',
    `local=/${domain}/`,
    ...nameservers.map((address) => `server=${address}`),
    ...dns.records.map(({ name, address }) => `host-record=${name},${address}`),
  ];
}

function section(title: string, lines: readonly string[]): string[] {
  return ['', `# ${title}.`, ...lines];
}

function nameserversFor({ dns, serverAddress, nameservers }: PxeNetwork): readonly string[] {
  return dns === null ? nameservers.filter((address) => !address.includes(':')) : [serverAddress];
}

function listOf(values: readonly string[]): string {
  return values.map((value) => `,${value}`).join('');
}

/** `static`: only reserved addresses are given. */
function subnetAndMask({ subnet }: PxeNetwork): string {
  const cidr = parseCidr(subnet);
  if (typeof cidr === 'string') return subnet;
  const hostBits = BigInt(ADDRESS_BITS[4] - cidr.prefixLength);
  const mask = ((1n << hostBits) - 1n) ^ 0xffff_ffffn;
  const text = (value: bigint): string => formatAddress({ family: 4, value });
  return `${text(cidr.base)},static,${text(mask)},1h`;
}
