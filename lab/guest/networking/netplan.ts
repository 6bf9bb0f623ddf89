/** Network configuration, version 2: what cloud-init takes and netplan keeps (https://netplan.readthedocs.io). */
import ipaddr from 'ipaddr.js';
import { parse, YAMLParseError } from 'yaml';

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
  readonly gateway: string | null;
  readonly nameservers: readonly string[];
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
  const routes = Array.isArray(value['routes']) ? value['routes'].map(record) : [];
  const defaultRoute = routes.find(({ to }) => to === 'default' || to === '0.0.0.0/0');
  const mac = record(value['match'])['macaddress'];
  return {
    id,
    macAddress: typeof mac === 'string' ? mac.toLowerCase() : null,
    setName: text(value['set-name']),
    addresses,
    gateway: text(defaultRoute?.['via']) ?? text(value['gateway4']),
    nameservers: strings(record(value['nameservers'])['addresses']),
    mtu: typeof value['mtu'] === 'number' ? value['mtu'] : null,
  };
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
