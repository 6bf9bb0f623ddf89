/** One machine from power on to power off. */
import { randomUUID } from 'node:crypto';
import type { Faults } from '../faults.js';
import type { Latency } from '../latency.js';
import type { LabMachine } from '../machine-host.js';
import { dial } from '../network/dial.js';
import type { ConnectionHandler, LabNetwork } from '../network/lab-network.js';
import { CloudInitReport } from './cloud-init/report.js';
import { findSeed } from './cloud-init/seed.js';
import { finalStages, localStage, NETPLAN, networkStage } from './cloud-init/stages.js';
import { findAccount, rootAccount } from './disk/accounts.js';
import { prepareMemoryFiles } from './disk/boot-files.js';
import type { DiskTree } from './disk/disk-tree.js';
import { isThere, readText } from './disk/root-files.js';
import type { K3sClusters } from './k3s/clusters.js';
import type { AddressBook } from './networking/address-book.js';
import { NetworkInterfaces } from './networking/interfaces.js';
import { parseNetworkPlan } from './networking/netplan.js';
import { Ports } from './networking/ports.js';
import { quoteAll } from './shell/quote.js';
import { runShell } from './shell/run-shell.js';
import { readHostKey } from './ssh/host-key.js';
import { sshServer } from './ssh/ssh-server.js';
import type { GuestConnection, GuestSystem, ServiceLink } from './system.js';
import { Journal } from './systemd/journal.js';
import { Services } from './systemd/services.js';
import type { Unit, UnitCommand } from './systemd/unit-file.js';

export interface GuestSurroundings {
  readonly network: LabNetwork;
  readonly latency: Latency;
  readonly faults: Faults;
  readonly clusters: K3sClusters;
  readonly addressBook: AddressBook;
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** The machine has gone down by itself, to come up again or not. */
  wentDown(guest: Guest, again: boolean): void;
}

export type GuestState = 'booting' | 'running' | 'off' | 'panic';

const SSH_PORT = 22;
/** What a person's shell has left to say before the network goes. */
const LAST_WORDS_MS = 100;

export class Guest implements GuestSystem {
  readonly machine: LabMachine;
  readonly disk: DiskTree;
  readonly latency: Latency;
  readonly clusters: K3sClusters;
  readonly journal = new Journal();
  readonly cloudInit: CloudInitReport;
  readonly interfaces: NetworkInterfaces;
  readonly services: Services;
  readonly power: AbortSignal;
  bootedAt = Date.now();
  state: GuestState = 'booting';
  private readonly surroundings: GuestSurroundings;
  private readonly ports: Ports;
  private readonly switch = new AbortController();

  constructor(machine: LabMachine, disk: DiskTree, surroundings: GuestSurroundings) {
    this.machine = machine;
    this.disk = disk;
    this.surroundings = surroundings;
    this.latency = surroundings.latency;
    this.clusters = surroundings.clusters;
    this.power = this.switch.signal;
    this.cloudInit = new CloudInitReport(disk);
    this.interfaces = new NetworkInterfaces(machine);
    this.ports = new Ports(surroundings.network);
    this.services = new Services(disk, {
      run: (unit, command, link, signal) => this.runUnitCommand(unit, command, link, signal),
      hasProgram: (path) => isThere(disk, path),
      log: (unit, identifier, message) => this.journal.write(unit.name, identifier, message),
      pause: (ms, signal) => surroundings.pause(ms, signal),
    });
  }

  /** Resolves when all of the first boot is done, or the power has gone. */
  async boot(): Promise<void> {
    try {
      await this.latency.wait('guest.boot', this.machine.name, this.power);
      this.bootedAt = Date.now();
      prepareMemoryFiles(this.disk, this.machine, randomUUID());
      this.journal.write(null, 'kernel', 'Linux is up');
      const seed = findSeed(this.machine.media);
      const instance = seed === undefined ? undefined : localStage(this, seed);
      if (instance === undefined) this.cloudInit.disable();
      this.bringUpNetwork();
      if (instance !== undefined) await networkStage(this, instance);
      if (this.power.aborted) return;
      this.state = 'running';
      this.services.startEnabled();
      if (instance !== undefined) await finalStages(this, instance);
    } catch (error) {
      if (this.power.aborted) return;
      this.state = 'panic';
      this.journal.write(null, 'kernel', `panic: ${(error as Error).message}`);
    }
  }

  /** The power is gone, at once. */
  cutPower(): void {
    if (this.power.aborted) return;
    this.state = 'off';
    this.switch.abort();
    this.services.kill();
    this.ports.cut();
    for (const address of this.interfaces.addresses())
      this.surroundings.addressBook.release(address, this.machine.vmid);
  }

  /** Stops what runs, then goes down. */
  async shutDown(): Promise<void> {
    await this.services.stopAll();
    this.cutPower();
  }

  goDown(again: boolean): void {
    setTimeout(() => {
      if (this.power.aborted) return;
      void this.shutDown().then(() => this.surroundings.wentDown(this, again));
    }, LAST_WORDS_MS);
  }

  listen(port: number, handler: ConnectionHandler): () => void {
    return this.ports.open(port, handler);
  }

  openPorts(): readonly number[] {
    return this.ports.list();
  }

  dial(address: string, port: number): GuestConnection {
    const { network } = this.surroundings;
    const own = this.interfaces.addresses();
    const isOwn = address.startsWith('127.') || address === '::1' || own.includes(address);
    const handler = isOwn
      ? this.ports.handlerAt(port)
      : own.length === 0
        ? undefined
        : network.handlerAt(address, port);
    if (handler !== undefined) return { kind: 'connected', stream: dial(handler) };
    return { kind: isOwn || (own.length > 0 && network.isUp(address)) ? 'refused' : 'unreachable' };
  }

  pause(ms: number, signal: AbortSignal): Promise<void> {
    return this.surroundings.pause(ms, signal);
  }

  serveSsh(signal: AbortSignal): boolean {
    const hostKey = readHostKey(this.disk);
    if (hostKey === undefined) return false;
    const close = this.listen(
      SSH_PORT,
      sshServer({ system: this, faults: this.surroundings.faults, hostKey }),
    );
    signal.addEventListener('abort', close, { once: true });
    return true;
  }

  /** What a person sees of the machine from outside. */
  inspect() {
    const { vmid, name } = this.machine;
    return {
      vmid,
      name,
      state: this.state,
      addresses: this.interfaces.addresses(),
      ports: this.openPorts(),
      cloudInit: {
        status: this.cloudInit.status,
        errors: this.cloudInit.errors(),
        warnings: this.cloudInit.warnings(),
      },
      services: Object.fromEntries(
        this.services.list().map(({ name: unit, service }) => [unit, service.state]),
      ),
    };
  }

  private bringUpNetwork(): void {
    const { ethernets, warnings } = parseNetworkPlan(readText(this.disk, NETPLAN) ?? 'version: 2');
    for (const warning of warnings) this.journal.write('systemd-networkd.service', 'netplan', warning);
    this.interfaces.configure(this.machine, ethernets);
    const answered = this.interfaces.addresses().filter((address) => {
      const isFree = this.surroundings.addressBook.claim(address, this.machine);
      if (!isFree)
        this.journal.write(
          'systemd-networkd.service',
          'systemd-networkd',
          `${address} is in use by another host`,
        );
      return isFree;
    });
    this.ports.bind(answered);
  }

  private async runUnitCommand(
    unit: Unit,
    { words }: UnitCommand,
    link: ServiceLink,
    signal: AbortSignal,
  ): Promise<number> {
    const account = findAccount(this.disk, unit.user) ?? rootAccount(this.disk);
    const result = await runShell(this, {
      account,
      script: quoteAll(words),
      env: unit.environment,
      cwd: '/',
      signal: AbortSignal.any([signal, this.power]),
      service: link,
    });
    const output = Buffer.concat([result.stdout, result.stderr]).toString().trimEnd();
    if (output !== '') link.log(output);
    return result.code;
  }
}
