/** What a PXE server answers for one cluster, and what may be said in it. */
import { fail } from '../errors.js';
import { type Address, formatAddress, parseAddress } from '../network/address.js';
import { type Cidr, cidrContains, parseCidr, usableRange } from '../network/cidr.js';
import { parseRange, rangeContains } from '../network/range.js';

export interface PxeNetwork {
  readonly cluster: string;
  /** The server's interface in the machines' network, such as `eth1`. */
  readonly interface: string;
  /** IPv4, such as `10.1.107.0/24`. */
  readonly subnet: string;
  /** The server's own address on that interface. */
  readonly serverAddress: string;
  readonly gateway: string | null;
  /** Those that have an IPv6 address are not told to the machines: DHCP for IPv4 cannot. */
  readonly nameservers: readonly string[];
  readonly domain: string;
  /** The boot service, such as `http://10.1.107.2:8090`: machines get their script from `/ipxe/<mac>` below it. */
  readonly bootUrl: string;
  readonly reservations: readonly PxeReservation[];
  /** What reservations must lie in, such as `10.1.107.100-150`; `null`: the whole subnet. */
  readonly dhcpRange: string | null;
  /** `null`: no DNS is served. Otherwise these names are, and all others are asked of {@link nameservers}. */
  readonly dns: { readonly records: readonly DnsRecord[] } | null;
}

export interface PxeReservation {
  /** Such as `BC:24:11:00:00:01`, in either case. */
  readonly mac: string;
  readonly address: string;
  readonly hostname: string;
}

export interface DnsRecord {
  /** Full name, such as `api.demo.cluster.internal`. */
  readonly name: string;
  readonly address: string;
}

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const CLUSTER = new RegExp(`^${LABEL}$`);
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
/** dnsmasq reads `*` in an interface's name as a pattern and `:` as an alias; Linux allows 15 characters. */
const INTERFACE = /^[A-Za-z][A-Za-z0-9_.-]{0,14}$/;
const MAC = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/;
const BOOT_URL = /^https?:\/\/[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?(?:\/[A-Za-z0-9._~-]+)*$/;
const MAX_NAME_LENGTH = 253;

/** What iPXE puts its MAC address into: `bc-24-11-00-00-01`. */
const SCRIPT_PATH = '/ipxe/${net0/mac:hexhyp}';
/** The field of a BOOTP answer holds 128 bytes and ends with a NUL. */
const MAX_BOOT_FILE_LENGTH = 127;

/**
 * The same network with all texts in one spelling, in an order that does not depend on how it was put together. Every
 * text is held against a grammar that has no comma, quote, space or newline: nothing in it can be a second option.
 * @throws `INVALID_REQUEST`
 */
export function checkedPxeNetwork(network: PxeNetwork): PxeNetwork {
  expectClusterName(network.cluster);
  expectInterfaceName(network.interface);
  expect(isName(network.domain), `"${network.domain}"`, 'a DNS domain in lower case');

  const subnet = ipv4Subnet(network.subnet);
  const server = hostIn(subnet, network.serverAddress, 'the PXE server');
  return {
    ...network,
    serverAddress: server,
    gateway: network.gateway === null ? null : hostIn(subnet, network.gateway, 'the gateway'),
    nameservers: network.nameservers.map(nameserver),
    bootUrl: bootUrl(network.bootUrl),
    reservations: reservations(network, subnet, server),
    dns: network.dns === null ? null : { records: records(network.dns.records) },
  };
}

/** @throws `INVALID_REQUEST` for what could not stand in a script or a path. */
export function expectClusterName(cluster: string): void {
  expect(CLUSTER.test(cluster), `the cluster's name "${cluster}"`, 'a DNS label');
}

/** @throws `INVALID_REQUEST` for what could not stand in a script. */
export function expectInterfaceName(device: string): void {
  expect(INTERFACE.test(device), `"${device}"`, 'the name of an interface');
}

/** Where an iPXE client gets its script. */
export function scriptUrl({ bootUrl: base }: PxeNetwork): string {
  return `${base}${SCRIPT_PATH}`;
}

function reservations(network: PxeNetwork, subnet: Cidr, server: string): readonly PxeReservation[] {
  const range = network.dhcpRange === null ? undefined : parseRange(network.dhcpRange);
  if (typeof range === 'string') {
    throw fail('INVALID_REQUEST', `the range "${network.dhcpRange}" for PXE ${range}`);
  }
  const all = network.reservations.map((each) => {
    const mac = each.mac.toLowerCase();
    const isGroup = (Number.parseInt(mac.slice(0, 2), 16) & 1) === 1;
    expect(MAC.test(mac) && !isGroup, `"${each.mac}"`, 'the MAC address of one interface');
    expect(CLUSTER.test(each.hostname), `"${each.hostname}"`, 'a host name in lower case');
    const address = hostIn(subnet, each.address, each.hostname);
    expect(address !== server, `the address ${address} of ${each.hostname}`, "another than the PXE server's");
    const isInRange = range === undefined || rangeContains(range, ipv4(address, each.hostname));
    expect(isInRange, `the address ${address} of ${each.hostname}`, `in ${network.dhcpRange}`);
    return { mac, address, hostname: each.hostname };
  });
  // dnsmasq refuses one address for two hosts, and takes one of two for one MAC address without a word.
  expectUnique(all.map(({ mac }) => mac));
  expectUnique(all.map(({ address }) => address));
  expectUnique(all.map(({ hostname }) => hostname));
  return all.sort((a, b) => (a.mac < b.mac ? -1 : 1));
}

function records(all: readonly DnsRecord[]): readonly DnsRecord[] {
  const checked = all.map(({ name, address }) => {
    expect(isName(name), `"${name}"`, 'a full DNS name in lower case');
    return { name, address: formatAddress(ipv4(address, name)) };
  });
  expectUnique(checked.map(({ name, address }) => `${name} at ${address}`));
  const keyOf = ({ name, address }: DnsRecord): string => `${name} ${address}`;
  return checked.sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));
}

function bootUrl(text: string): string {
  const url = text.replace(/\/$/, '');
  expect(BOOT_URL.test(url), `"${text}"`, 'the URL of the boot service, such as "http://10.1.107.2:8090"');
  const length = `${url}${SCRIPT_PATH}`.length;
  const most = MAX_BOOT_FILE_LENGTH - SCRIPT_PATH.length;
  expect(length <= MAX_BOOT_FILE_LENGTH, `the boot service's URL "${text}"`, `at most ${most} characters`);
  return url;
}

function nameserver(text: string): string {
  const address = parseAddress(text);
  if (address === undefined) throw fail('INVALID_REQUEST', `the nameserver "${text}" must be an IP address`);
  return formatAddress(address);
}

function ipv4Subnet(text: string): Cidr {
  const subnet = parseCidr(text);
  if (typeof subnet === 'string') throw fail('INVALID_REQUEST', `the subnet "${text}" for PXE ${subnet}`);
  expect(subnet.family === 4, `the subnet ${text} for PXE`, 'an IPv4 subnet');
  return subnet;
}

function hostIn(subnet: Cidr, text: string, whose: string): string {
  const address = ipv4(text, whose);
  const isHost = cidrContains(subnet, address) && rangeContains(usableRange(subnet), address);
  expect(isHost, `the address ${text} of ${whose}`, 'a host of the PXE subnet');
  return formatAddress(address);
}

function ipv4(text: string, whose: string): Address {
  const address = parseAddress(text);
  if (address?.family === 4) return address;
  throw fail('INVALID_REQUEST', `the address "${text}" of ${whose} must be an IPv4 address`);
}

function isName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && DOMAIN.test(text);
}

function expectUnique(texts: readonly string[]): void {
  const twice = texts.find((text, index) => texts.indexOf(text) !== index);
  expect(twice === undefined, `${twice}`, 'there only once in a PXE configuration');
}

function expect(isRight: boolean, what: string, how: string): void {
  if (!isRight) throw fail('INVALID_REQUEST', `${what} must be ${how}`);
}
