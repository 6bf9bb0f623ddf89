/** One or two machines that forward what is asked of a cluster, and what may be said of them. */
import type { MachineRole } from '../cluster-definition.js';
import { fail } from '../errors.js';
import {
  addressOf,
  expect,
  expectAddress,
  expectClusterName,
  expectInterfaceName,
  expectUnique,
  isHostName,
} from '../network/expectations.js';
import { ADDRESS_BITS } from '../network/address.js';
import type { BalancedService } from '../services/configuration.js';
import type { BalancedPort } from './balanced-port.js';

export interface LoadBalancer {
  readonly cluster: string;
  /** Those of {@link ports} that are forwarded. */
  readonly services: readonly BalancedService[];
  /** All that the distribution has. */
  readonly ports: readonly BalancedPort[];
  /** All machines of the cluster; a bootstrap machine for as long as it is needed. */
  readonly machines: readonly BalancedMachine[];
  /** In an order that does not change: one, or two that share the addresses of the sides. */
  readonly balancers: readonly BalancerMachine[];
  /** In the cluster's network. */
  readonly privateSide: BalancerSide;
  readonly publicSide: BalancerSide | null;
  /** Of each balancer. */
  readonly memoryMiB: number;
  /**
   * Name of the cluster's secret by which two balancers know each other, of at most eight characters, such as four random
   * bytes in hexadecimal; `null`, and in IPv6 networks: they know each other by their addresses alone.
   */
  readonly pairSecret: string | null;
}

export interface BalancedMachine {
  readonly name: string;
  readonly role: MachineRole;
  readonly address: string;
}

export interface BalancerMachine {
  readonly name: string;
  readonly privateAddress: string;
  /** `null` without a public side. */
  readonly publicAddress: string | null;
}

export interface BalancerSide {
  /** Of each balancer, such as `primary`. */
  readonly interface: string;
  /** Where clients find the service: the virtual address of two balancers, or the one balancer's own. */
  readonly address: string;
  readonly prefixLength: number;
}

const SECRET_NAME = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
const PATH = /^\/[A-Za-z0-9._~/?=&%-]*$/;
const MAX_PORT = 65_535;
const MAX_BALANCERS = 2;

/** Two balancers have addresses that neither has for itself. */
export function isPair({ balancers }: LoadBalancer): boolean {
  return balancers.length === MAX_BALANCERS;
}

/** @throws `INVALID_REQUEST` when there is no such balancer. */
export function balancerNamed({ balancers, cluster }: LoadBalancer, name: string): BalancerMachine {
  const found = balancers.find((balancer) => balancer.name === name);
  if (found !== undefined) return found;
  throw fail('INVALID_REQUEST', `"${name}" is no load balancer of ${cluster}`);
}

/** The ports that are forwarded, in the order of their numbers. */
export function forwardedPorts({ services, ports }: LoadBalancer): readonly BalancedPort[] {
  return ports.filter(({ service }) => services.includes(service)).sort((a, b) => a.port - b.port);
}

/** The machines behind a port, in the order of their names. */
export function machinesBehind(
  { roles }: BalancedPort,
  machines: readonly BalancedMachine[],
): readonly BalancedMachine[] {
  return machines.filter(({ role }) => roles.includes(role)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * The same load balancer with all addresses in canonical text.
 * @throws `INVALID_REQUEST`
 */
export function checkedLoadBalancer(loadBalancer: LoadBalancer): LoadBalancer {
  const { cluster, services, ports, balancers, publicSide, pairSecret } = loadBalancer;
  expectClusterName(cluster);
  const count = balancers.length;
  expect(count === 1 || count === MAX_BALANCERS, `the number of load balancers, ${count},`, 'one or two');
  const missing = services.find((service) => ports.every((port) => port.service !== service));
  expect(missing === undefined, `the service "${missing}"`, 'one that the distribution has');
  expect(services.length > 0, 'the list of forwarded services', 'not empty');
  forwardedPorts(loadBalancer).forEach(expectPort);
  expectUnique(
    forwardedPorts(loadBalancer).map(({ port }) => `port ${port}`),
    'a load balancer',
  );
  expectUnique(
    loadBalancer.machines.map(({ name }) => name),
    'a load balancer',
  );
  expectUnique(
    balancers.map(({ name }) => name),
    'a load balancer',
  );
  if (pairSecret !== null) expect(SECRET_NAME.test(pairSecret), `"${pairSecret}"`, 'the name of a secret');

  const machines = loadBalancer.machines.map((machine) => ({ ...machine, address: addressIn(machine) }));
  const checked = {
    ...loadBalancer,
    machines,
    balancers: balancers.map((balancer) => checkedBalancer(balancer, publicSide !== null)),
    privateSide: checkedSide(loadBalancer.privateSide),
    publicSide: publicSide === null ? null : checkedSide(publicSide),
  };
  expectSideAddresses(checked);
  return checked;
}

function addressIn({ name, address }: BalancedMachine): string {
  expect(isHostName(name), `"${name}"`, 'a host name in lower case');
  return expectAddress(address, name);
}

function checkedBalancer(
  { name, privateAddress, publicAddress }: BalancerMachine,
  isDualHomed: boolean,
): BalancerMachine {
  expect(isHostName(name), `"${name}"`, 'a host name in lower case');
  expect((publicAddress !== null) === isDualHomed, name, 'on the public side exactly when there is one');
  return {
    name,
    privateAddress: expectAddress(privateAddress, name),
    publicAddress: publicAddress === null ? null : expectAddress(publicAddress, name),
  };
}

function checkedSide(side: BalancerSide): BalancerSide {
  expectInterfaceName(side.interface);
  const address = expectAddress(side.address, 'the load balancer');
  const { prefixLength } = side;
  const bits = ADDRESS_BITS[addressOf(address, 'the load balancer').family];
  const isPrefix = Number.isInteger(prefixLength) && prefixLength >= 1 && prefixLength <= bits;
  expect(isPrefix, `the prefix of ${prefixLength} bits`, `one of 1 to ${bits}`);
  return { ...side, address };
}

/** A balancer's own address is not one that could move to the other one; without another one nothing moves. */
function expectSideAddresses(loadBalancer: LoadBalancer): void {
  const { balancers, privateSide, publicSide } = loadBalancer;
  const sides = [
    { side: privateSide, own: balancers.map(({ privateAddress }) => privateAddress) },
    { side: publicSide, own: balancers.flatMap(({ publicAddress }) => publicAddress ?? []) },
  ];
  for (const { side, own } of sides) {
    if (side === null) continue;
    const isOwn = own.includes(side.address);
    const how = isPair(loadBalancer) ? "another than the load balancers' own" : "the load balancer's own";
    expect(isOwn !== isPair(loadBalancer), `the address ${side.address} of the load balancer`, how);
    const family = addressOf(side.address, 'the load balancer').family;
    const isOfOneFamily = own.every((text) => addressOf(text, 'the load balancer').family === family);
    expect(isOfOneFamily, [side.address, ...own].join(', '), 'of one family');
  }
}

function expectPort({ service, port, check }: BalancedPort): void {
  const isPort = Number.isInteger(port) && port >= 1 && port <= MAX_PORT;
  expect(isPort, `the port ${port} of ${service}`, `a whole number from 1 to ${MAX_PORT}`);
  if (check.kind === 'https') expect(PATH.test(check.path), `"${check.path}"`, 'a path, such as "/readyz"');
}
