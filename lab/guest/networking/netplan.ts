/** Network configuration, version 2: what cloud-init takes and netplan keeps (https://netplan.readthedocs.io). */
import ipaddr from 'ipaddr.js';
import { parse, YAMLParseError } from 'yaml';
import { ALL_IPV4 } from './subnet.js';
import type { Route } from './topology.js';

export interface NetworkPlan {
  readonly ethernets: readonly EthernetPlan[];
  /** What was not understood. */
  readonly warnings: readonly string[];
}

export interface EthernetPlan {
  readonly id: string;
  /** Lower case; without it the interface is found by its name. */
  readonly macAddress: string | null;
  readonly setName: string | null;
  readonly addresses: readonly { readonly address: string; readonly prefixLength: number }[];
  /** Asks a DHCP server for one more address. */
  readonly dhcp4: boolean;
  /** The default route among them. */
  readonly routes: readonly Route[];
  readonly gateway: string | null;
  readonly nameservers: readonly string[];
  /** Lower case. */
  readonly searchDomains: readonly string[];
  readonly mtu: number | null;
}

const KNOWN_KEYS = new Set([
  ...[
    'match',
    'set-name',
    'addresses',
    'routes',
    'gateway4',
    'gateway6',
    'nameservers',
    'mtu',
    'dhcp4',
    'dhcp6',
  ],
  ...['optional', 'accept-ra', 'link-local', 'wakeonlan'],
]);

/** The text with or without a `network:` around it. Never throws: a machine with a bad file boots without network. */
export function parseNetworkPlan(yaml: string): NetworkPlan {
  let document: unknown;
  try {
    document = parse(yaml);
  } catch (error) {
    const reason = error instanceof YAMLParseError ? error.message : String(error);
    return { ethernets: [], warnings: [`network configuration is no YAML: ${reason}`] };
  }
  const outer = record(document);
  const network = outer['network'] === undefined ? outer : record(outer['network']);
  if (network['version'] !== 2) {
    return {
      ethernets: [],
      warnings: [`network configuration version ${String(network['version'])} is not 2`],
    };
  }
  const warnings: string[] = [];
  const ethernets = Object.entries(record(network['ethernets'])).map(([id, value]) =>
    ethernet(id, record(value), warnings),
  );
  return { ethernets, warnings };
}

/** What cloud-init falls back to where nothing else is known. @param id name of the interface. */
export function dhcpOn(id: string): EthernetPlan {
  return ethernet(id, { dhcp4: true }, []);
}

function ethernet(id: string, value: Readonly<Record<string, unknown>>, warnings: string[]): EthernetPlan {
  for (const key of Object.keys(value))
    if (!KNOWN_KEYS.has(key)) warnings.push(`${id}: unknown key '${key}'`);
  const addresses = strings(value['addresses']).flatMap((cidr) => {
    if (!ipaddr.isValidCIDR(cidr)) {
      warnings.push(`${id}: malformed address '${cidr}', must be X.X.X.X/NN or X:X:X:X:X:X:X:X/NN`);
      return [];
    }
    const [address, prefixLength] = ipaddr.parseCIDR(cidr);
    return [{ address: address.toString(), prefixLength }];
  });
  const routes = routesOf(value, id, warnings);
  const mac = record(value['match'])['macaddress'];
  return {
    id,
    macAddress: typeof mac === 'string' ? mac.toLowerCase() : null,
    setName: text(value['set-name']),
    addresses,
    dhcp4: value['dhcp4'] === true,
    routes,
    gateway: routes.find(({ to }) => to === ALL_IPV4)?.via ?? null,
    nameservers: strings(record(value['nameservers'])['addresses']),
    searchDomains: strings(record(value['nameservers'])['search']).map((domain) => domain.toLowerCase()),
    mtu: typeof value['mtu'] === 'number' ? value['mtu'] : null,
  };
}

function routesOf(
  value: Readonly<Record<string, unknown>>,
  id: string,
  warnings: string[],
): readonly Route[] {
  const entries = Array.isArray(value['routes']) ? value['routes'].map(record) : [];
  const routes = entries.flatMap(({ to, via }) => {
    const target = to === 'default' ? ALL_IPV4 : text(to);
    const gateway = text(via);
    if (target !== null && gateway !== null && ipaddr.isValidCIDR(target) && ipaddr.isValid(gateway))
      return [{ to: target, via: gateway }];
    warnings.push(`${id}: malformed route to '${String(to)}' via '${String(via)}'`);
    return [];
  });
  const gateway4 = text(value['gateway4']);
  return gateway4 === null ? routes : [...routes, { to: ALL_IPV4, via: gateway4 }];
}

function record(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function strings(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : [];
}

function text(value: unknown): string | null {
  return typeof value === 'string' ? value : null;
}
