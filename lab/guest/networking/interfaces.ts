/** The network interfaces of a machine that is switched on. */
import type { LabMachine } from '../../machine-host.js';
import type { EthernetPlan } from './netplan.js';

export interface NetworkInterface {
  readonly name: string;
  /** Lower case. */
  readonly mac: string;
  readonly mtu: number;
  readonly addresses: readonly { readonly address: string; readonly prefixLength: number }[];
  readonly gateway: string | null;
}

const LOOPBACK: NetworkInterface = {
  name: 'lo',
  mac: '00:00:00:00:00:00',
  mtu: 65_536,
  addresses: [{ address: '127.0.0.1', prefixLength: 8 }],
  gateway: null,
};
const DEFAULT_MTU = 1_500;
/** Slot of the first network card that Proxmox VE gives to a VM. */
const FIRST_SLOT = 18;

export class NetworkInterfaces {
  private interfaces: readonly NetworkInterface[];

  constructor(machine: LabMachine) {
    this.interfaces = plainInterfaces(machine);
  }

  /** With `lo`. */
  list(): readonly NetworkInterface[] {
    return [LOOPBACK, ...this.interfaces];
  }

  /** Addresses of the machine itself, without the loopback. */
  addresses(): string[] {
    return this.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  }

  /** Configures each interface by the plan that matches it; a plan that matches none has no effect. */
  configure(machine: LabMachine, plans: readonly EthernetPlan[]): void {
    this.interfaces = plainInterfaces(machine).map((each) => {
      const plan = plans.find(({ macAddress, id }) =>
        macAddress === null ? id === each.name : macAddress === each.mac,
      );
      if (plan === undefined) return each;
      const { setName, mtu, addresses, gateway } = plan;
      return { ...each, name: setName ?? each.name, mtu: mtu ?? DEFAULT_MTU, addresses, gateway };
    });
  }
}

function plainInterfaces(machine: LabMachine): NetworkInterface[] {
  return machine.interfaces.map(({ mac }, index) => ({
    name: `ens${FIRST_SLOT + index}`,
    mac: mac.toLowerCase(),
    mtu: DEFAULT_MTU,
    addresses: [],
    gateway: null,
  }));
}
