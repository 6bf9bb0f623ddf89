/** The network that a machine with Talos brings up: as its configuration says, else as its platform does. */
import ipaddr from 'ipaddr.js';
import type { LabMachine } from '../../machine-host.js';
import { findSeed } from '../cloud-init/seed.js';
import { dhcpOn, parseNetworkPlan, type EthernetPlan } from '../networking/netplan.js';
import type { NetworkInterface } from '../networking/interfaces.js';
import type { TalosConfiguration } from './configuration.js';

export function talosNetwork(
  { media }: Pick<LabMachine, 'media'>,
  configuration: TalosConfiguration | null,
  cards: readonly Pick<NetworkInterface, 'name'>[],
): readonly EthernetPlan[] {
  if (configuration !== null && configuration.interfaces.length > 0) return configuredPlans(configuration);
  const document = findSeed(media)?.networkConfig;
  if (document !== undefined && document !== null) return parseNetworkPlan(document).ethernets;
  return cards.slice(0, 1).map(({ name }) => dhcpOn(name));
}

function configuredPlans({ interfaces, nameservers }: TalosConfiguration): EthernetPlan[] {
  return interfaces
    .map((one, index) => {
      const text = {
        match: one.mac === null ? undefined : { macaddress: one.mac },
        addresses: one.addresses.filter((address) => ipaddr.isValidCIDR(address)),
        routes: one.routes,
        dhcp4: one.dhcp,
        ...(one.mtu === null ? {} : { mtu: one.mtu }),
        ...(index === 0 ? { nameservers: { addresses: nameservers } } : {}),
      };
      const yaml = JSON.stringify({ version: 2, ethernets: { [one.name ?? `card${index}`]: text } });
      return parseNetworkPlan(yaml).ethernets[0];
    })
    .filter((plan) => plan !== undefined);
}
