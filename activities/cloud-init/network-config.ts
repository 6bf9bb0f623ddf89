/** cloud-init's `network-config`, version 2: one interface, found by its MAC address. */
import { quotedYaml } from './quoted-yaml.js';

export interface NetworkConfig {
  readonly mac: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string | null;
  readonly nameservers: readonly string[];
  readonly domain: string;
  readonly mtu: number | null;
}

export function networkConfig(network: NetworkConfig): string {
  const { mac, address, prefixLength, gateway, nameservers, domain, mtu } = network;
  const primary = {
    // Linux shows MAC addresses in lower case, and cloud-init compares text.
    match: { macaddress: mac.toLowerCase() },
    dhcp4: false,
    dhcp6: false,
    addresses: [`${address}/${prefixLength}`],
    ...(gateway === null ? {} : { routes: [{ to: 'default', via: gateway }] }),
    nameservers: { addresses: nameservers, search: [domain] },
    ...(mtu === null ? {} : { mtu }),
  };
  return quotedYaml({ version: 2, ethernets: { primary } });
}
