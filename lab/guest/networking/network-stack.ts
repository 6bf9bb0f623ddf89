/** The network of one machine, from its cards to its open ports. */
import type { LabMachine } from '../../machine-host.js';
import { dial } from '../../network/dial.js';
import type { LabNetwork } from '../../network/lab-network.js';
import type { GuestConnection, Traced } from '../system.js';
import type { AddressBook } from './address-book.js';
import type { DhcpOffer, DhcpRequest, DhcpServers } from './dhcp.js';
import { DNS_PORT, type DnsQuestion, type DnsReply, type DnsServer, type NameServers } from './dns.js';
import { NetworkInterfaces, type NetworkInterface } from './interfaces.js';
import type { EthernetPlan } from './netplan.js';
import { Ports } from './ports.js';
import { Resolver, STUB_ADDRESS } from './resolver.js';
import type { InterfaceAddress } from './subnet.js';
import type { ForwardedPacket, Link, Station, Topology } from './topology.js';

export interface NetworkSurroundings {
  readonly network: LabNetwork;
  readonly addressBook: AddressBook;
  readonly topology: Topology;
  readonly dhcp: DhcpServers;
  readonly nameServers: NameServers;
  /** Who answers beyond the lab's router. */
  readonly outerNames: DnsServer;
  pause(ms: number, signal: AbortSignal, atLeastMs?: number): Promise<void>;
}

export interface Forwarding {
  /** `net.ipv4.ip_forward`. */
  isOn(): boolean;
  masquerades(packet: ForwardedPacket): boolean;
}

/** Before anything runs on the machine nothing is passed on. */
const NO_FORWARDING: Forwarding = { isOn: () => false, masquerades: () => false };

/** What of the machine's files the search for names depends on. */
export interface NameFiles {
  /** Text of /etc/hosts. */
  hosts(): string;
  hostname(): string;
}

const NO_FILES: NameFiles = { hosts: () => '', hostname: () => '' };

export interface AskPatience {
  readonly attempts: number;
  readonly everyMs: number;
}

/** As long as the boot of a server waits to be online: two minutes. */
const BOOT_PATIENCE: AskPatience = { attempts: 40, everyMs: 3_000 };

export class NetworkStack implements Station {
  readonly interfaces: NetworkInterfaces;
  readonly ports: Ports;
  readonly resolver: Resolver;
  forwarding = NO_FORWARDING;
  nameFiles = NO_FILES;
  private readonly machine: LabMachine;
  private readonly surroundings: NetworkSurroundings;
  /** Addresses that the machine answers at; those that another one had first are not among them. */
  private answered: readonly string[] = [];
  private readonly ownDns = new Map<string, DnsServer>();
  private isCut = false;

  constructor(machine: LabMachine, surroundings: NetworkSurroundings) {
    this.machine = machine;
    this.surroundings = surroundings;
    this.interfaces = new NetworkInterfaces(machine);
    this.ports = new Ports(surroundings.network, () => this.interfaces.mainAddress());
    this.resolver = new Resolver({
      hosts: () => this.nameFiles.hosts(),
      hostname: () => this.nameFiles.hostname(),
      ownAddresses: () => this.interfaces.addresses(),
      nameservers: () => this.interfaces.nameservers(),
      searchDomains: () => this.interfaces.searchDomains(),
      ask: (server, question, hops) => this.ask(server, DNS_PORT, question, hops),
      askInternet: (question, hops) =>
        this.reachesInternet() ? surroundings.outerNames.answer(question, hops) : { kind: 'no-reply' },
    });
  }

  /**
   * Static addresses answer at once; leases are waited for.
   * @returns what went wrong, one line each. Rejects with the signal's reason when it is aborted.
   */
  async bringUp(plans: readonly EthernetPlan[], signal: AbortSignal): Promise<string[]> {
    this.interfaces.configure(this.machine, plans);
    const complaints = this.claim();
    for (const card of this.interfaces.cards()) {
      if (!card.wantsLease) continue;
      const offer = await this.askForLease(card, null, signal, BOOT_PATIENCE);
      if (offer === undefined) complaints.push(`${card.name}: no DHCP server answered`);
      else complaints.push(...this.take(card.mac, offer));
    }
    return complaints;
  }

  /** Rejects with the signal's reason when it is aborted. */
  async askForLease(
    { mac, segment }: Pick<NetworkInterface, 'mac' | 'segment'>,
    firmware: DhcpRequest['firmware'],
    signal: AbortSignal,
    { attempts, everyMs }: AskPatience,
  ): Promise<DhcpOffer | undefined> {
    for (let attempt = 1; ; attempt += 1) {
      signal.throwIfAborted();
      const offer = this.surroundings.dhcp.ask(segment, { mac, firmware });
      if (offer !== undefined || attempt >= attempts) return offer;
      await this.surroundings.pause(everyMs, signal);
    }
  }

  /** @returns what went wrong, one line each. */
  take(mac: string, { lease }: DhcpOffer): string[] {
    this.interfaces.take(mac, lease);
    return this.claim();
  }

  /** @returns false where another machine answers at the address: that one goes on doing so. */
  addAddress(card: string, address: InterfaceAddress): boolean {
    if (this.isCut) return false;
    if (this.answered.includes(address.address)) return true;
    this.interfaces.add(card, address);
    this.claim();
    return this.answered.includes(address.address);
  }

  removeAddress(address: string): void {
    if (this.isCut || !this.interfaces.addresses().includes(address)) return;
    this.interfaces.remove(address);
    this.claim();
  }

  /** Connects from this machine, to itself or to another one. */
  dial(host: string, port: number): GuestConnection {
    const { network } = this.surroundings;
    const [address] = this.resolver.addressesOf(host);
    if (address === undefined) return { kind: 'unresolved' };
    if (this.isOwn(address)) {
      const handler = this.ports.handlerAt(port, address);
      return handler === undefined ? { kind: 'refused' } : { kind: 'connected', stream: dial(handler) };
    }
    const delivery = this.surroundings.topology.send(this, address);
    switch (delivery.kind) {
      case 'lost':
        return { kind: 'unreachable' };
      case 'machine': {
        const handler = network.handlerAt(address, port);
        return handler === undefined ? { kind: 'refused' } : { kind: 'connected', stream: dial(handler) };
      }
      case 'outside': {
        const service = network.exposedAt(address, port);
        if (service === undefined) return { kind: 'refused' };
        return {
          kind: 'connected',
          stream: dial((socket) => service.connect(socket, delivery.source)),
        };
      }
    }
  }

  /** Who answers at a host in the end, behind whatever passes the connection on. */
  trace(host: string, port: number): Traced {
    const [address] = this.resolver.addressesOf(host);
    if (address === undefined) return { kind: 'unresolved' };
    if (!this.reaches(address)) return { kind: 'unreachable', address };
    const { network } = this.surroundings;
    const handler = this.isOwn(address)
      ? this.ports.handlerAt(port, address)
      : network.handlerAt(address, port);
    if (handler === undefined && network.exposedAt(address, port) !== undefined)
      return { kind: 'answered', address, by: { address, port } };
    if (handler === undefined) return { kind: 'refused', address };
    if (handler.answeredBy === undefined) return { kind: 'answered', address, by: { address, port } };
    const by = handler.answeredBy();
    return by === undefined ? { kind: 'closed', address } : { kind: 'answered', address, by };
  }

  /** Asks one name server. Addresses where no machine of the lab could be are those of the Internet's. */
  ask(server: string, port: number, question: DnsQuestion, hops: number): DnsReply {
    if (hops <= 0) return { kind: 'no-reply' };
    if (server === STUB_ADDRESS) return this.resolver.query(question, hops - 1);
    const { nameServers, outerNames, topology } = this.surroundings;
    if (this.reaches(server)) {
      const found = this.ownDns.get(`${server}#${port}`) ?? nameServers.at(server, port);
      return found === undefined ? { kind: 'no-reply' } : found.answer(question, hops - 1);
    }
    const isOutside = topology.isBeyondRouter(server) && this.reachesInternet();
    return isOutside ? outerNames.answer(question, hops - 1) : { kind: 'no-reply' };
  }

  /** @returns a function that ends it. */
  serveDns(address: string, port: number, server: DnsServer): () => void {
    if (!isLoopback(address)) return this.surroundings.nameServers.serve(address, port, server);
    const key = `${address}#${port}`;
    this.ownDns.set(key, server);
    return () => this.ownDns.delete(key);
  }

  reaches(address: string): boolean {
    return this.isOwn(address) || this.surroundings.topology.send(this, address).kind !== 'lost';
  }

  reachesInternet(): boolean {
    return this.surroundings.topology.send(this, null).kind === 'outside';
  }

  /** Nothing answers any more, and the addresses are free. */
  cut(): void {
    this.isCut = true;
    this.ports.cut();
    this.release();
  }

  links(): readonly Link[] {
    return this.interfaces.cards().map(({ name, segment, addresses, routes }) => ({
      name,
      segment,
      addresses: addresses.filter(({ address }) => this.answered.includes(address)),
      routes,
    }));
  }

  forwards(): boolean {
    return this.forwarding.isOn();
  }

  masquerades(packet: ForwardedPacket): boolean {
    return this.forwarding.masquerades(packet);
  }

  private claim(): string[] {
    this.release();
    const { addressBook, topology } = this.surroundings;
    const wanted = this.interfaces.addresses();
    this.answered = wanted.filter((address) => addressBook.claim(address, this.machine));
    this.ports.bind(this.answered);
    topology.add(this);
    return wanted
      .filter((address) => !this.answered.includes(address))
      .map((address) => `${address} is in use by another host`);
  }

  private release(): void {
    this.surroundings.topology.remove(this);
    for (const address of this.answered) this.surroundings.addressBook.release(address, this.machine.vmid);
    this.answered = [];
  }

  private isOwn(address: string): boolean {
    return isLoopback(address) || this.interfaces.addresses().includes(address);
  }
}

function isLoopback(address: string): boolean {
  return address.startsWith('127.') || address === '::1';
}
