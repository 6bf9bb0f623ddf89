/**
 * Grammars of the texts that go into configuration files and scripts. None of them lets a comma, a quote, a space or a
 * newline pass: nothing that is held against one can become a second option, or a second command.
 */
import { fail } from '../errors.js';
import { type Address, formatAddress, parseAddress } from './address.js';
import { type Cidr, cidrContains, parseCidr, usableRange } from './cidr.js';
import { expect } from './grammar.js';
import { rangeContains } from './range.js';

export { expect, expectInterfaceName } from './grammar.js';

const LABEL = '[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?';
const HOST_NAME = new RegExp(`^${LABEL}$`);
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})*$`);
const MAX_NAME_LENGTH = 253;

/** One label of DNS, in lower case. */
export function isHostName(text: string): boolean {
  return HOST_NAME.test(text);
}

/** Labels in lower case, such as `demo.cluster.internal`. */
export function isDomainName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && DOMAIN.test(text);
}

/** @throws `INVALID_REQUEST` for what could not stand in a script or a path. */
export function expectClusterName(cluster: string): void {
  expect(isHostName(cluster), `the cluster's name "${cluster}"`, 'a DNS label');
}

/** @throws `INVALID_REQUEST` */
export function expectDomain(domain: string): void {
  expect(isDomainName(domain), `"${domain}"`, 'a DNS domain in lower case');
}

/** @param where they are, such as `a PXE configuration`. @throws `INVALID_REQUEST` naming one that is there twice. */
export function expectUnique(texts: readonly string[], where: string): void {
  const twice = texts.find((text, index) => texts.indexOf(text) !== index);
  expect(twice === undefined, `${twice}`, `there only once in ${where}`);
}

/** @returns the address in its canonical text. @throws `INVALID_REQUEST` */
export function expectAddress(text: string, whose: string): string {
  return formatAddress(addressOf(text, whose));
}

/** @throws `INVALID_REQUEST` */
export function addressOf(text: string, whose: string): Address {
  const address = parseAddress(text);
  if (address !== undefined) return address;
  throw fail('INVALID_REQUEST', `the address "${text}" of ${whose} must be an IP address`);
}

/** @returns the address in its canonical text. @throws `INVALID_REQUEST` */
export function expectNameserver(text: string): string {
  const address = parseAddress(text);
  if (address === undefined) throw fail('INVALID_REQUEST', `the nameserver "${text}" must be an IP address`);
  return formatAddress(address);
}

/** @throws `INVALID_REQUEST` */
export function ipv4Of(text: string, whose: string): Address {
  const address = parseAddress(text);
  if (address?.family === 4) return address;
  throw fail('INVALID_REQUEST', `the address "${text}" of ${whose} must be an IPv4 address`);
}

/** @param service that the subnet is for, such as `PXE`. @throws `INVALID_REQUEST` */
export function ipv4SubnetOf(text: string, service: string): Cidr {
  const subnet = parseCidr(text);
  if (typeof subnet === 'string')
    throw fail('INVALID_REQUEST', `the subnet "${text}" for ${service} ${subnet}`);
  expect(subnet.family === 4, `the subnet ${text} for ${service}`, 'an IPv4 subnet');
  return subnet;
}

/** @returns the address of a machine in the subnet, in its canonical text. @throws `INVALID_REQUEST` */
export function hostIn(subnet: Cidr, text: string, { whose, service }: HostQuestion): string {
  const address = ipv4Of(text, whose);
  const isHost = cidrContains(subnet, address) && rangeContains(usableRange(subnet), address);
  expect(isHost, `the address ${text} of ${whose}`, `a host of the ${service} subnet`);
  return formatAddress(address);
}

export interface HostQuestion {
  readonly whose: string;
  /** That the subnet is for, such as `PXE`. */
  readonly service: string;
}
