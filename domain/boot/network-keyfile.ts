/** Connection files of NetworkManager (https://networkmanager.dev/docs/api/latest/nm-settings-keyfile.html). */
import { parseAddress } from '../network/address.js';

export interface KeyfileInterface {
  /** Name of the connection, and of its file. */
  readonly name: string;
  readonly mac: string;
  /** `null`: the interface is up, and has no address. */
  readonly address: string | null;
  readonly prefixLength: number | null;
  readonly gateway: string | null;
  readonly nameservers: readonly string[];
  /** Where names without a dot are looked for; `null`: nowhere. */
  readonly searchDomain: string | null;
  readonly mtu: number | null;
}

/** NetworkManager takes no file that others may read. */
export const KEYFILE_MODE = 0o600;

export function keyfilePath(name: string): string {
  return `/etc/NetworkManager/system-connections/${name}.nmconnection`;
}

export function networkKeyfile(connection: KeyfileInterface): string {
  const { name, mac, mtu } = connection;
  const sections: readonly (readonly [string, readonly string[]])[] = [
    // Before what the image itself would do for a card that nobody has configured.
    ['connection', [`id=${name}`, 'type=ethernet', 'autoconnect-priority=10']],
    ['ethernet', [`mac-address=${mac.toUpperCase()}`, ...(mtu === null ? [] : [`mtu=${mtu}`])]],
    ['ipv4', familyLines(connection, 4)],
    ['ipv6', familyLines(connection, 6)],
  ];
  return sections.map(([title, lines]) => [`[${title}]`, ...lines, ''].join('\n')).join('\n');
}

function familyLines(connection: KeyfileInterface, family: 4 | 6): string[] {
  const { address, prefixLength, gateway, nameservers, searchDomain } = connection;
  const isOf = (text: string): boolean => parseAddress(text)?.family === family;
  if (address === null || prefixLength === null || !isOf(address)) return ['method=disabled'];
  const servers = nameservers.filter(isOf);
  return [
    'method=manual',
    `address1=${address}/${prefixLength}${gateway === null ? '' : `,${gateway}`}`,
    ...(servers.length === 0 ? [] : [`dns=${servers.join(';')};`]),
    ...(searchDomain === null ? [] : [`dns-search=${searchDomain};`]),
    'may-fail=false',
  ];
}
