/** What NetworkManager makes of its connection files: nm-settings-keyfile(5). */
import type { DiskTree } from '../disk/disk-tree.js';
import { ROOT } from '../disk/inode.js';
import { listNames, readText } from '../disk/root-files.js';
import type { NetworkInterface } from '../networking/interfaces.js';
import { dhcpOn, type EthernetPlan } from '../networking/netplan.js';
import { ALL_IPV4 } from '../networking/subnet.js';
import { isCoreOs } from './image.js';

const FOLDER = '/etc/NetworkManager/system-connections';
const OWNER_ONLY = 0o600;

/** A card that no file is for asks a DHCP server. @returns `undefined` on a disk without NetworkManager. */
export function keyfilePlans(
  disk: DiskTree,
  cards: readonly Pick<NetworkInterface, 'name' | 'mac'>[],
): readonly EthernetPlan[] | undefined {
  if (!isCoreOs(disk)) return undefined;
  const plans = listNames(disk, FOLDER)
    .map((name) => `${FOLDER}/${name}`)
    // Others may read it: NetworkManager leaves it alone.
    .filter((path) => path.endsWith('.nmconnection') && (disk.stat(path, ROOT).mode & 0o777) === OWNER_ONLY)
    .map((path) => planOf(sections(readText(disk, path) ?? '')));
  const others = cards.filter(({ mac }) => !plans.some(({ macAddress }) => macAddress === mac));
  return [...plans, ...others.map(({ name }) => dhcpOn(name))];
}

type Sections = Readonly<Record<string, Readonly<Record<string, string>>>>;

function sections(text: string): Sections {
  const found: Record<string, Record<string, string>> = {};
  let current: Record<string, string> = {};
  for (const line of text.split('\n').map((one) => one.trim())) {
    const title = /^\[(.+)\]$/.exec(line)?.[1];
    if (title !== undefined) found[title] = current = found[title] ?? {};
    const [, key, value] = /^([^#=][^=]*)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) current[key] = value;
  }
  return found;
}

function planOf({ connection = {}, ethernet = {}, ipv4 = {} }: Sections): EthernetPlan {
  const [, address, prefix, gateway] =
    /^([\d.]+)\/(\d+)(?:,([\d.]+))?$/.exec(ipv4['method'] === 'manual' ? (ipv4['address1'] ?? '') : '') ?? [];
  const list = (text: string | undefined): string[] => (text ?? '').split(';').filter((part) => part !== '');
  return {
    ...dhcpOn(connection['id'] ?? ''),
    macAddress: ethernet['mac-address']?.toLowerCase() ?? null,
    addresses: address === undefined ? [] : [{ address, prefixLength: Number(prefix) }],
    dhcp4: ipv4['method'] === 'auto',
    routes: gateway === undefined ? [] : [{ to: ALL_IPV4, via: gateway }],
    gateway: gateway ?? null,
    nameservers: list(ipv4['dns']),
    searchDomains: list(ipv4['dns-search']),
    mtu: ethernet['mtu'] === undefined ? null : Number(ethernet['mtu']),
  };
}
