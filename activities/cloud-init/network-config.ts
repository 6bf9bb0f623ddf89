/** cloud-init's `network-config`, version 2: each interface is found by its MAC address and named as planned. */
import { fail } from '../../domain/errors.js';
import { PRIMARY_INTERFACE } from '../../domain/network/interface-names.js';
import { quotedYaml } from './quoted-yaml.js';

export interface NetworkConfig {
  readonly mac: string;
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string | null;
  readonly nameservers: readonly string[];
  readonly domain: string;
  readonly mtu: number | null;
  /** Beside the one in the cluster's network. */
  readonly interfaces?: readonly FurtherInterface[];
}

export interface FurtherInterface {
  /** What the machine calls it, such as `public`. */
  readonly name: string;
  readonly mac: string;
  /** `null`: it is brought up without an address. */
  readonly address: string | null;
  readonly prefixLength: number | null;
  readonly gateway: string | null;
  readonly mtu: number | null;
}

/** @throws `INVALID_REQUEST` when there would be two default routes. */
export function networkConfig(network: NetworkConfig): string {
  const { address, nameservers, domain, interfaces = [] } = network;
  const routed = [network, ...interfaces].filter(({ gateway }) => gateway !== null);
  if (routed.length > 1) {
    const gateways = routed.map(({ gateway }) => gateway).join(' and ');
    throw fail('INVALID_REQUEST', `${address}: the default route leads to ${gateways}`);
  }
  const further = interfaces.map((one) => [one.name, ethernet(one, one.name)]);
  return quotedYaml({
    version: 2,
    ethernets: {
      [PRIMARY_INTERFACE]: {
        ...ethernet(network, PRIMARY_INTERFACE),
        // A search domain by itself is more than older releases of cloud-init take.
        ...(nameservers.length === 0 ? {} : { nameservers: { addresses: nameservers, search: [domain] } }),
      },
      ...Object.fromEntries(further),
    },
  });
}

function ethernet(
  { mac, address, prefixLength, gateway, mtu }: Omit<FurtherInterface, 'name'>,
  name: string,
) {
  return {
    // Linux shows MAC addresses in lower case, and cloud-init compares text.
    match: { macaddress: mac.toLowerCase() },
    'set-name': name,
    dhcp4: false,
    dhcp6: false,
    // Nobody but us says where a machine's packets go.
    'accept-ra': false,
    ...(address === null || prefixLength === null
      ? // Without an address it never counts as configured, and the boot would wait for it.
        { optional: true }
      : { addresses: [`${address}/${prefixLength}`] }),
    ...(gateway === null ? {} : { routes: [{ to: everywhere(gateway), via: gateway }] }),
    ...(mtu === null ? {} : { mtu }),
  };
}

/** Older releases of cloud-init know the word `default` only where netplan is there to read it. */
function everywhere(gateway: string): string {
  return gateway.includes(':') ? '::/0' : '0.0.0.0/0';
}
