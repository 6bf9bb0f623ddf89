/** The DHCP and TFTP server that dnsmasq is on a machine: who is answered, and with what. */
import { posix } from 'node:path';
import ipaddr from 'ipaddr.js';
import { isThere, putFile, readText } from '../disk/root-files.js';
import type { DhcpLease, DhcpRequest, DhcpServer } from '../networking/dhcp.js';
import type { NetworkInterface } from '../networking/interfaces.js';
import { contains, type InterfaceAddress } from '../networking/subnet.js';
import type { GuestSystem } from '../system.js';
import type { DnsmasqConfiguration } from './configuration.js';
import type { HostEntry } from './host-entry.js';
import { matches } from './match-entry.js';
import type { RangeEntry } from './range-entry.js';
import { chosen, holds } from './tags.js';

const ROUTER = 3;
const DNS_SERVER = 6;
const DOMAIN_NAME = 15;
const LEASE_SECONDS = 3_600;

export interface DhcpServiceParts {
  readonly system: Pick<GuestSystem, 'disk' | 'interfaces'>;
  readonly configuration: DnsmasqConfiguration;
  /** Interfaces that are served. */
  readonly interfaces: readonly NetworkInterface[];
  readonly log: (line: string) => void;
}

export class DhcpService implements DhcpServer {
  private readonly parts: DhcpServiceParts;
  /** By MAC address. */
  private readonly named = new Map<string, { readonly name: string; readonly address: string }>();

  constructor(parts: DhcpServiceParts) {
    this.parts = parts;
  }

  answer(request: DhcpRequest, segment: string): DhcpLease | undefined {
    const { configuration, interfaces, log } = this.parts;
    const served = interfaces.find((each) => each.segment === segment);
    if (served === undefined) return undefined;
    const host = configuration.hosts.find(({ macs }) => macs.includes(request.mac));
    const tags = this.tagsOf(request, host, served.name);
    if (host?.isIgnored === true || configuration.ignores.some((when) => holds(when, tags))) {
      log(`DHCPDISCOVER(${served.name}) ${request.mac} ignored`);
      return undefined;
    }
    const place = this.placeFor(request.mac, host, served, tags);
    if (place === undefined) {
      log(`DHCPDISCOVER(${served.name}) ${request.mac} no address available`);
      return undefined;
    }
    const { address, own, prefixLength } = place;
    const { domain } = configuration.dns;
    this.note(request.mac, address, host?.name ?? null);
    if (host?.name != null) this.named.set(request.mac, { name: host.name, address });
    log(`DHCPACK(${served.name}) ${address} ${request.mac}${host?.name == null ? '' : ` ${host.name}`}`);
    return {
      address,
      prefixLength,
      // Without the option dnsmasq names itself; an option without a value takes it away.
      gateway: this.option(ROUTER, tags, [own])[0] ?? null,
      nameservers: this.option(DNS_SERVER, tags, configuration.dnsPort === 0 ? [] : [own]),
      domain: this.option(DOMAIN_NAME, tags, domain === null ? [] : [domain])[0] ?? null,
      hostname: host?.name ?? null,
      server: own,
      bootFile: request.firmware === null ? null : (chosen(configuration.boots, tags)?.file ?? null),
    };
  }

  /** Machines that were given an address, by the names that they are reserved under. */
  namedLeases(): readonly { readonly name: string; readonly address: string }[] {
    return [...this.named.values()];
  }

  hasFile(name: string): boolean {
    const { configuration, system } = this.parts;
    if (!configuration.tftp) return false;
    const path = posix.resolve(configuration.tftpRoot ?? '/', name.replace(/^\/+/, ''));
    return isThere(system.disk, path);
  }

  private tagsOf(request: DhcpRequest, host: HostEntry | undefined, card: string): Set<string> {
    const { configuration } = this.parts;
    const tags = new Set([card]);
    if (host !== undefined) for (const tag of ['known', ...host.sets]) tags.add(tag);
    for (const entry of configuration.matches)
      if (matches(entry, request)) for (const tag of entry.sets) tags.add(tag);
    for (const { when, sets } of configuration.tagIfs)
      if (holds(when, tags)) for (const tag of sets) tags.add(tag);
    return tags;
  }

  /** An address in a range of a subnet that the interface stands in. */
  private placeFor(
    mac: string,
    host: HostEntry | undefined,
    { addresses }: NetworkInterface,
    tags: Set<string>,
  ): { readonly address: string; readonly own: string; readonly prefixLength: number } | undefined {
    for (const range of this.parts.configuration.ranges) {
      const own = addresses.find((each) => contains(subnetOf(range, each), range.start));
      if (own === undefined || !holds(range.when, tags)) continue;
      const subnet = subnetOf(range, own);
      const reserved = host?.address ?? null;
      const address =
        reserved !== null && contains(subnet, reserved) ? reserved : this.freeAddress(range, mac, own);
      if (address === undefined) continue;
      for (const tag of range.sets) tags.add(tag);
      return { address, own: own.address, prefixLength: subnet.prefixLength };
    }
    return undefined;
  }

  private freeAddress({ start, end }: RangeEntry, mac: string, own: InterfaceAddress): string | undefined {
    if (end === null) return undefined;
    const leases = this.leases();
    const held = leases.find((lease) => lease.mac === mac && number(lease.address) >= number(start));
    if (held !== undefined && number(held.address) <= number(end)) return held.address;
    const { hosts } = this.parts.configuration;
    const taken = new Set([
      own.address,
      ...leases.map(({ address }) => address),
      ...hosts.flatMap(({ address }) => address ?? []),
    ]);
    for (let next = number(start); next <= number(end); next += 1) {
      const address = dotted(next);
      if (!taken.has(address)) return address;
    }
    return undefined;
  }

  private option(wanted: number, tags: ReadonlySet<string>, without: readonly string[]): readonly string[] {
    const fitting = this.parts.configuration.options.filter(({ option }) => option === wanted);
    const entry = chosen(fitting, tags);
    return entry === undefined ? without : entry.values.filter((value) => value !== '');
  }

  private leases(): { readonly mac: string; readonly address: string }[] {
    const { configuration, system } = this.parts;
    if (configuration.leaseFile === null) return [];
    const lines = (readText(system.disk, configuration.leaseFile) ?? '').split('\n');
    return lines.flatMap((line) => {
      const [, mac, address] = line.split(' ');
      return mac === undefined || address === undefined ? [] : [{ mac, address }];
    });
  }

  /** Lines as dnsmasq writes them: end of the lease, MAC, address, name, client id. */
  private note(mac: string, address: string, name: string | null): void {
    const { configuration, system } = this.parts;
    if (configuration.leaseFile === null) return;
    const lines = (readText(system.disk, configuration.leaseFile) ?? '').split('\n');
    const others = lines.filter((line) => line !== '' && line.split(' ')[1] !== mac);
    const ends = Math.floor(Date.now() / 1_000) + LEASE_SECONDS;
    const all = [...others, `${ends} ${mac} ${address} ${name ?? '*'} 01:${mac}`];
    putFile(system.disk, configuration.leaseFile, `${all.join('\n')}\n`);
  }
}

function subnetOf({ netmask }: RangeEntry, own: InterfaceAddress): InterfaceAddress {
  const prefixLength = netmask === null ? null : ipaddr.IPv4.parse(netmask).prefixLengthFromSubnetMask();
  return { address: own.address, prefixLength: prefixLength ?? own.prefixLength };
}

function number(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function dotted(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
