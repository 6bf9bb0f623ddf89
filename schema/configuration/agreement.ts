/** What variables must agree on with one another. */
import { cidrsOverlap, formatCidr } from '../../domain/network/cidr.js';
import { gatewayIsInSubnet, rangeIsUsable } from '../rules/network.js';
import { readCidr } from '../rules/network-reading.js';
import type { Environment, Values } from './read-variables.js';
import { isLoopback } from './values.js';
import type { Role } from './variables.js';

/** One line for each disagreement among the values that are known. */
export function disagreements(values: Values, env: Environment, role: Role): string[] {
  const temporal =
    values.TEMPORAL_API_KEY !== undefined && values.TEMPORAL_TLS === false
      ? ['TEMPORAL_API_KEY needs TEMPORAL_TLS=true: the key would travel in the clear']
      : [];
  return [
    ...temporal,
    ...(role === 'api'
      ? [...access(values, env), ...network(values), ...publicNetwork(values, env)]
      : [...proxmox(values), ...backups(values)]),
  ];
}

function access(values: Values, env: Environment): string[] {
  const { API_AUTH: auth, API_HOST: host } = values;
  if (auth === 'none' && host !== undefined && !isLoopback(host)) {
    return [`API_AUTH must be key, as API_HOST ${JSON.stringify(host)} is not a loopback address`];
  }
  if (auth === 'key' && (env['API_KEY_SHA256'] ?? '').trim() === '') {
    return ['API_KEY_SHA256 is required with API_AUTH=key. Hash a key with `printf %s "$KEY" | sha256sum`'];
  }
  return [];
}

function network(values: Values): string[] {
  const draft = {
    network: {
      ...NOTHING_KNOWN,
      cidr: values.NETWORK_CIDR,
      gateway: values.NETWORK_GATEWAY,
      ipRange: values.NETWORK_RANGE,
      nameservers: values.NETWORK_NAMESERVERS,
    },
    nodeGroups: undefined,
    services: undefined,
  };
  return [
    ...gatewayIsInSubnet(draft).map(({ detail }) => `NETWORK_GATEWAY ${detail}`),
    ...rangeIsUsable(draft).map(({ detail }) => `NETWORK_RANGE ${detail}`),
  ];
}

function publicNetwork(values: Values, env: Environment): string[] {
  const { PUBLIC_CIDR: cidr, PUBLIC_IP_RANGE: range, PUBLIC_GATEWAY: gateway } = values;
  const missing = (name: string, beside: string): string[] =>
    (env[name] ?? '').trim() === '' ? [`${name} is required with ${beside}`] : [];
  const faults: string[] = [];
  if (range !== undefined) faults.push(...missing('PUBLIC_CIDR', 'PUBLIC_IP_RANGE'));
  else if (gateway !== undefined) faults.push(...missing('PUBLIC_CIDR', 'PUBLIC_GATEWAY'));
  if (cidr === undefined) return faults;
  faults.push(...missing('PUBLIC_IP_RANGE', 'PUBLIC_CIDR'));

  const draft = { network: { ...NOTHING_KNOWN, cidr, gateway, ipRange: range, nameservers: undefined } };
  faults.push(
    ...gatewayIsInSubnet(draft).map(({ detail }) => `PUBLIC_GATEWAY ${detail}`),
    ...rangeIsUsable({ ...draft, nodeGroups: undefined, services: undefined }).map(
      ({ detail }) => `PUBLIC_IP_RANGE ${detail}`,
    ),
  );
  const [own, machines] = [readCidr(cidr), readCidr(values.NETWORK_CIDR)];
  if (own !== undefined && machines !== undefined && cidrsOverlap(own, machines)) {
    faults.push(`PUBLIC_CIDR ${cidr} overlaps NETWORK_CIDR ${formatCidr(machines)}`);
  }
  return faults;
}

function proxmox({
  VMID_FROM: from,
  VMID_TO: to,
  PROXMOX_URL: urls = [],
  PROXMOX_FINGERPRINT,
  PROXMOX_CA_FILE,
}: Values): string[] {
  const pinned = PROXMOX_FINGERPRINT?.length ?? 0;
  return [
    ...urls
      .filter((url, index) => urls.indexOf(url) < index)
      .map((url) => `PROXMOX_URL names ${url} more than once`),
    ...(pinned > 1 && urls.length > 0 && pinned !== urls.length
      ? [
          `PROXMOX_FINGERPRINT names ${pinned} certificates for the ${urls.length} addresses of PROXMOX_URL; ` +
            'give one for each, in their order, or one for all',
        ]
      : []),
    ...(from !== undefined && to !== undefined && to < from
      ? [`VMID_TO ${to} is smaller than VMID_FROM ${from}`]
      : []),
    ...(PROXMOX_FINGERPRINT !== undefined && PROXMOX_CA_FILE !== undefined
      ? ['PROXMOX_CA_FILE and PROXMOX_FINGERPRINT exclude each other; set one of them']
      : []),
  ];
}

function backups({
  BACKUP_DESTINATION: chosen,
  BACKUP_DESTINATIONS_PATH: destinations = new Map(),
}: Values): string[] {
  return chosen === undefined || destinations.has(chosen)
    ? []
    : [`BACKUP_DESTINATION ${JSON.stringify(chosen)} is the name of no file in BACKUP_DESTINATIONS_PATH`];
}

const NOTHING_KNOWN = {
  isolation: undefined,
  egress: undefined,
  virtualAddresses: undefined,
  firewall: undefined,
  privateVLAN: undefined,
  publicAccess: undefined,
  bridge: undefined,
  domain: undefined,
  mtu: undefined,
  podCidr: undefined,
  serviceCidr: undefined,
};
