/** The network configuration of a planned machine. */
import { macOf, type MachineIdentity } from '../../domain/machine.js';
import type { PlannedMachine } from '../../domain/plan.js';
import type { NetworkConfig } from './network-config.js';

/** @param address that was leased for the machine in the cluster's network. */
export function machineNetwork(
  identity: Pick<MachineIdentity, 'uuid' | 'mac'>,
  { network, interfaces }: Pick<PlannedMachine, 'network' | 'interfaces'>,
  address: string,
): NetworkConfig {
  const { prefixLength, gateway, nameservers, domain, mtu } = network;
  return {
    ...{ mac: identity.mac, address, prefixLength, gateway, nameservers, domain, mtu },
    interfaces: interfaces.map((one, index) => ({
      name: one.name,
      mac: macOf(identity.uuid, index + 1),
      address: one.address,
      prefixLength: one.prefixLength,
      gateway: one.gateway,
      mtu: one.mtu,
    })),
  };
}
