/** The network of a machine with Talos, as its plan has it. */
import { macOf } from '../../../domain/machine.js';
import type { PlannedMachine } from '../../../domain/plan.js';
import type { InterfaceSection, NetworkSection } from './document.js';

/**
 * Cards are found by their MAC addresses: what the kernel calls them depends on the slots that they are in.
 * @param sharedAddress what control-plane machines keep among themselves; Talos elects the one that has it, by etcd.
 */
export function networkSection(
  machineUuid: string,
  { name, network, interfaces }: Pick<PlannedMachine, 'name' | 'network' | 'interfaces'>,
  sharedAddress: string | null = null,
): NetworkSection {
  return {
    hostname: name,
    interfaces: [network, ...interfaces].map((one, index) => ({
      ...interfaceSection(machineUuid, index, one),
      ...(index > 0 || sharedAddress === null ? {} : { vip: { ip: sharedAddress } }),
    })),
    nameservers: network.nameservers,
  };
}

interface Addressed {
  readonly address: string | null;
  readonly prefixLength: number | null;
  readonly gateway: string | null;
  readonly mtu: number | null;
}

function interfaceSection(
  machineUuid: string,
  index: number,
  { address, prefixLength, gateway, mtu }: Addressed,
): InterfaceSection {
  return {
    deviceSelector: { hardwareAddr: macOf(machineUuid, index).toLowerCase() },
    ...(address === null || prefixLength === null ? {} : { addresses: [`${address}/${prefixLength}`] }),
    ...(gateway === null ? {} : { routes: [{ network: everywhere(gateway), gateway }] }),
    ...(mtu === null ? {} : { mtu }),
    dhcp: false,
  };
}

function everywhere(gateway: string): string {
  return gateway.includes(':') ? '::/0' : '0.0.0.0/0';
}
