/** The network interfaces of a machine that is switched on. */
import type { LabMachine } from '../../machine-host.js';
import { segmentOf, type DhcpLease } from './dhcp.js';
import type { EthernetPlan } from './netplan.js';
import { ALL_IPV4, type InterfaceAddress } from './subnet.js';
import type { Route } from './topology.js';

export interface NetworkInterface {
  readonly name: string;
  /** Lower case. */
  readonly mac: string;
  readonly mtu: number;
  /** What it is plugged into; empty for the loopback. */
  readonly segment: string;
  readonly addresses: readonly InterfaceAddress[];
  readonly routes: readonly Route[];
  readonly gateway: string | null;
  readonly nameservers: readonly string[];
  readonly searchDomains: readonly string[];
  /** Waits for an address from a DHCP server. */
  readonly wantsLease: boolean;
}

const LOOPBACK: NetworkInterface = {
  name: 'lo',
  mac: '00:00:00:00:00:00',
  mtu: 65_536,
  segment: '',
  addresses: [{ address: '127.0.0.1', prefixLength: 8 }],
  routes: [],
  gateway: null,
  nameservers: [],
  searchDomains: [],
  wantsLease: false,
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
    return [LOOPBACK, ...this.cards()];
  }

  /** In the order of net0, net1, ... */
  cards(): readonly NetworkInterface[] {
    return this.interfaces;
  }

  /** Addresses of the machine itself, without the loopback. */
  addresses(): string[] {
    return this.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address));
  }

  /** The address that others know the machine by: of the interface with the default route, else the first there is. */
  mainAddress(): string | undefined {
    const main = this.interfaces.find(({ gateway, addresses }) => gateway !== null && addresses.length > 0);
    return main?.addresses[0]?.address ?? this.addresses()[0];
  }

  /** Configures each interface by the plan that matches it; a plan that matches none has no effect. */
  configure(machine: LabMachine, plans: readonly EthernetPlan[]): void {
    this.interfaces = plainInterfaces(machine).map((each) => {
      const plan = plans.find(({ macAddress, id }) =>
        macAddress === null ? id === each.name : macAddress === each.mac,
      );
      if (plan === undefined) return each;
      const { setName, mtu, addresses, routes, gateway, nameservers, searchDomains, dhcp4 } = plan;
      return {
        ...each,
        name: setName ?? each.name,
        mtu: mtu ?? DEFAULT_MTU,
        addresses,
        routes,
        gateway,
        nameservers,
        searchDomains,
        wantsLease: dhcp4,
      };
    });
  }

  /** The lease's address comes beside those that the interface has. */
  take(mac: string, { address, prefixLength, gateway, nameservers, domain }: DhcpLease): void {
    this.interfaces = this.interfaces.map((each) =>
      each.mac === mac
        ? {
            ...each,
            addresses: [...each.addresses, { address, prefixLength }],
            routes: gateway === null ? each.routes : [...each.routes, { to: ALL_IPV4, via: gateway }],
            gateway: each.gateway ?? gateway,
            nameservers: [...each.nameservers, ...nameservers],
            searchDomains: domain === null ? each.searchDomains : [...each.searchDomains, domain],
            wantsLease: false,
          }
        : each,
    );
  }

  /** One more address of an interface, behind those that it has. Does nothing where it has it. */
  add(name: string, added: InterfaceAddress): void {
    this.interfaces = this.interfaces.map((each) =>
      each.name === name && !each.addresses.some(({ address }) => address === added.address)
        ? { ...each, addresses: [...each.addresses, added] }
        : each,
    );
  }

  remove(address: string): void {
    this.interfaces = this.interfaces.map((each) => ({
      ...each,
      addresses: each.addresses.filter((one) => one.address !== address),
    }));
  }

  /** In the order of the interfaces, each once. */
  nameservers(): readonly string[] {
    return [...new Set(this.interfaces.flatMap((each) => each.nameservers))];
  }

  searchDomains(): readonly string[] {
    return [...new Set(this.interfaces.flatMap((each) => each.searchDomains))];
  }
}

function plainInterfaces(machine: LabMachine): NetworkInterface[] {
  return machine.interfaces.map(({ mac, bridge, vlan }, index) => ({
    name: `ens${FIRST_SLOT + index}`,
    mac: mac.toLowerCase(),
    mtu: DEFAULT_MTU,
    segment: segmentOf({ bridge, vlan }),
    addresses: [],
    routes: [],
    gateway: null,
    nameservers: [],
    searchDomains: [],
    wantsLease: false,
  }));
}
