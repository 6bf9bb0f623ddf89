/** The text of the file by which dnsmasq answers the machines of one cluster, and no other machine. */
import {
  clusterTag,
  ipv4Only,
  listenLines,
  optionLine,
  reservationLines,
  section,
} from '../dhcp/dnsmasq-dhcp-lines.js';
import { dnsLines } from '../dns/dnsmasq-dns-lines.js';
import { checkedPxeNetwork, scriptUrl, type PxeNetwork } from './pxe-network.js';

/** Where the distribution's package `ipxe` puts its firmware. */
export const FIRMWARE_FOLDER = '/usr/lib/ipxe';
export const FIRMWARE = { bios: 'undionly.kpxe', uefi: 'ipxe.efi' } as const;

/**
 * One server may have a file for each of several clusters: an option that holds for all of them is the same in each,
 * and what is a cluster's own is bound to the tag that its reservations set.
 * @returns the same text for the same network, however its lists are ordered.
 * @throws `INVALID_REQUEST`
 */
export function dnsmasqConfig(request: PxeNetwork): string {
  const network = checkedPxeNetwork(request);
  const { cluster } = network;
  const tag = clusterTag(cluster);
  const lines = [
    `# Cluster ${cluster}: written by Clusterwright, and written again when it differs.`,
    ...listenLines(network.interface),
    ...reservationLines(cluster, network),
    ...section('What to tell them', [
      optionLine(cluster, 'router', network.gateway === null ? [] : [network.gateway]),
      optionLine(cluster, 'dns-server', nameserversFor(network)),
      optionLine(cluster, 'domain-name', [network.domain]),
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
    ...(network.dns === null ? [] : dnsLines({ ...network, records: network.dns.records })),
  ];
  return `${lines.join('\n')}\n`;
}

function nameserversFor({ dns, serverAddress, nameservers }: PxeNetwork): readonly string[] {
  return dns === null ? ipv4Only(nameservers) : [serverAddress];
}
