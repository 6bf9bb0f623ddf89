/** The network devices that a machine's VM is to have. */
import { macOf, type MachineIdentity } from '../../domain/machine.js';
import type { PlannedMachine } from '../../domain/plan.js';
import type { VmConfig } from './records.js';

/** `net0` in the cluster's network, then one for each further interface in its order; values as Proxmox VE takes them. */
export function netDevices(
  identity: Pick<MachineIdentity, 'uuid' | 'mac'>,
  { network, interfaces, firewall }: Pick<PlannedMachine, 'network' | 'interfaces' | 'firewall'>,
): Readonly<Record<string, string>> {
  const devices = [network, ...interfaces].map(({ bridge, vlan, mtu }, index) => {
    const mac = index === 0 ? identity.mac : macOf(identity.uuid, index);
    const properties = [`virtio=${mac}`, `bridge=${bridge}`];
    // Rules take effect only on devices that say so.
    if (firewall !== null) properties.push('firewall=1');
    if (vlan !== null) properties.push(`tag=${vlan}`);
    if (mtu !== null) properties.push(`mtu=${mtu}`);
    return [`net${index}`, properties.join(',')];
  });
  return Object.fromEntries(devices);
}

/** Devices that a clone inherits beside those that it is to have: each is a way into another network. */
export function unwantedNetDevices(config: VmConfig, desired: Readonly<Record<string, string>>): string[] {
  return Object.keys(config).filter((option) => /^net\d+$/.test(option) && desired[option] === undefined);
}
