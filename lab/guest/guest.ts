/** One machine from power on to power off. */
import { randomUUID } from 'node:crypto';
import type { Faults } from '../faults.js';
import type { Latency } from '../latency.js';
import type { LabMachine } from '../machine-host.js';
import type { ConnectionHandler } from '../network/lab-network.js';
import { fetchSeed } from './cloud-init/network-seed.js';
import { CloudInitReport } from './cloud-init/report.js';
import { findSeed, seedAddress, seedOnDisk, type Seed } from './cloud-init/seed.js';
import { finalStages, localStage, NETPLAN, networkStage, type Instance } from './cloud-init/stages.js';
import { Containers } from './containerd/containers.js';
import { keyfilePlans } from './coreos/keyfiles.js';
import { applySysctlFiles, loadModuleFiles } from './commands/kernel.js';
import { findAccount, rootAccount } from './disk/accounts.js';
import { prepareMemoryFiles } from './disk/boot-files.js';
import type { DiskTree } from './disk/disk-tree.js';
import { isThere, putFile, readText } from './disk/root-files.js';
import type { KubeadmClusters } from './kubeadm/clusters.js';
import type { OkdClusters } from './okd/clusters.js';
import type { RancherClusters } from './rancher/clusters.js';
import type { DhcpServer } from './networking/dhcp.js';
import type { NetworkInterfaces } from './networking/interfaces.js';
import { dhcpOn, parseNetworkPlan, type EthernetPlan } from './networking/netplan.js';
import { NetworkStack, type NetworkSurroundings } from './networking/network-stack.js';
import type { BindAddress } from './networking/ports.js';
import type { VrrpSegments } from './networking/vrrp-segments.js';
import { masquerades, type Tables } from './nftables/ruleset.js';
import { quoteAll } from './shell/quote.js';
import { runShell } from './shell/run-shell.js';
import { readHostKey } from './ssh/host-key.js';
import { sshServer } from './ssh/ssh-server.js';
import type { GuestConnection, GuestSystem, ServiceLink, Traced } from './system.js';
import type { TalosClusters } from './talos/clusters.js';
import { Journal } from './systemd/journal.js';
import { Services } from './systemd/services.js';
import { expandWords, type Unit, type UnitCommand } from './systemd/unit-file.js';
import { UnixSockets } from './unix-sockets.js';

export interface GuestSurroundings extends NetworkSurroundings {
  readonly latency: Latency;
  readonly faults: Faults;
  readonly clusters: RancherClusters;
  readonly kubeadmClusters: KubeadmClusters;
  readonly talosClusters: TalosClusters;
  readonly okd: OkdClusters;
  readonly vrrp: VrrpSegments;
}

export interface GuestOptions {
  readonly machine: LabMachine;
  readonly disk: DiskTree;
  readonly surroundings: GuestSurroundings;
  /** It has gone down by itself, to come up again or not. */
  readonly wentDown: (again: boolean) => void;
}

export type GuestState = 'booting' | 'running' | 'off' | 'panic';

const SSH_PORT = 22;
const IP_FORWARD = '/proc/sys/net/ipv4/ip_forward';
const RESOLV_CONF = '/etc/resolv.conf';
const CLOUD_INIT_OFF = '/etc/cloud/cloud-init.disabled';
const WITHOUT_DATASOURCE: Seed = {
  userData: '',
  metaData: 'instance-id: iid-datasource-none\n',
  networkConfig: null,
};
const FIRST_PID = 600;
const PID_STEP = 7;
/** What a person's shell has left to say before the network goes. */
const LAST_WORDS_MS = 100;

export class Guest implements GuestSystem {
  readonly machine: LabMachine;
  readonly disk: DiskTree;
  readonly latency: Latency;
  readonly faults: Faults;
  readonly clusters: RancherClusters;
  readonly kubeadmClusters: KubeadmClusters;
  readonly okd: OkdClusters;
  readonly containers = new Containers();
  readonly journal = new Journal();
  readonly cloudInit: CloudInitReport;
  readonly interfaces: NetworkInterfaces;
  readonly services: Services;
  readonly power: AbortSignal;
  readonly network: NetworkStack;
  readonly sockets: UnixSockets;
  readonly vrrp: VrrpSegments;
  nftables: Tables = new Map();
  bootedAt = Date.now();
  state: GuestState = 'booting';
  private readonly surroundings: GuestSurroundings;
  private readonly wentDown: (again: boolean) => void;
  private readonly datagrams = new Set<string>();
  private readonly switch = new AbortController();
  private lastPid = FIRST_PID;

  constructor({ machine, disk, surroundings, wentDown }: GuestOptions) {
    this.machine = machine;
    this.disk = disk;
    this.surroundings = surroundings;
    this.wentDown = wentDown;
    this.latency = surroundings.latency;
    this.faults = surroundings.faults;
    this.clusters = surroundings.clusters;
    this.kubeadmClusters = surroundings.kubeadmClusters;
    this.okd = surroundings.okd;
    this.power = this.switch.signal;
    this.cloudInit = new CloudInitReport(disk);
    this.network = new NetworkStack(machine, surroundings);
    this.network.forwarding = {
      isOn: () => readText(disk, IP_FORWARD)?.trim() === '1',
      masquerades: (packet) => masquerades(this.nftables, packet),
    };
    this.network.nameFiles = {
      hosts: () => readText(disk, '/etc/hosts') ?? '',
      hostname: () => (readText(disk, '/etc/hostname') ?? '').trim(),
    };
    this.interfaces = this.network.interfaces;
    this.sockets = new UnixSockets(disk);
    this.vrrp = surroundings.vrrp;
    this.services = new Services(disk, {
      run: (unit, command, link, signal) => this.runUnitCommand(unit, command, link, signal),
      hasProgram: (path) => isThere(disk, path),
      log: (unit, identifier, message) => this.journal.write(unit.name, identifier, message),
      pause: (ms, signal) => surroundings.pause(ms, signal),
      nextPid: () => (this.lastPid += PID_STEP),
    });
  }

  /** Resolves when all of the first boot is done, or the power has gone. */
  async boot(): Promise<void> {
    try {
      await this.latency.wait('guest.boot', this.machine.name, this.power);
      this.bootedAt = Date.now();
      prepareMemoryFiles(this.disk, this.machine, randomUUID());
      loadModuleFiles(this.disk);
      applySysctlFiles(this.disk);
      this.journal.write(null, 'kernel', 'Linux is up');
      const instance = await this.bringUpNetwork();
      if (instance === undefined) this.cloudInit.disable();
      else await networkStage(this, instance);
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
    this.containers.endAll();
    this.network.cut();
  }

  /** Stops what runs, then goes down. */
  async shutDown(): Promise<void> {
    await this.services.stopAll();
    this.cutPower();
  }

  goDown(again: boolean): void {
    setTimeout(() => {
      if (this.power.aborted) return;
      void this.shutDown().then(() => this.wentDown(again));
    }, LAST_WORDS_MS);
  }

  listen(port: number, handler: ConnectionHandler, address: BindAddress = '*'): () => void {
    return this.network.ports.open(port, handler, address);
  }

  openPorts(): readonly number[] {
    return this.network.ports.list();
  }

  dial(host: string, port: number): GuestConnection {
    return this.network.dial(host, port);
  }

  trace(host: string, port: number): Traced {
    return this.network.trace(host, port);
  }

  reaches(address: string): boolean {
    return this.network.reaches(address);
  }

  reachesInternet(): boolean {
    return this.network.reachesInternet();
  }

  serveDhcp(segment: string, server: DhcpServer): () => void {
    return this.surroundings.dhcp.serve(segment, server);
  }

  bindDatagrams(endpoint: string): () => void {
    this.datagrams.add(endpoint);
    return () => this.datagrams.delete(endpoint);
  }

  openDatagrams(): readonly string[] {
    return [...this.datagrams];
  }

  pause(ms: number, signal: AbortSignal, atLeastMs?: number): Promise<void> {
    return this.surroundings.pause(ms, signal, atLeastMs);
  }

  serveSsh(signal: AbortSignal): boolean {
    const hostKey = readHostKey(this.disk);
    if (hostKey === undefined) return false;
    const close = this.listen(SSH_PORT, sshServer({ system: this, faults: this.faults, hostKey }));
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

  /**
   * With the configuration of a datasource that is at hand, else with what is on the disk. Documents of a server are
   * fetched over that network or, on a disk that has none yet, by DHCP on the first card, and what they say of the
   * network replaces it.
   */
  private async bringUpNetwork(): Promise<Instance | undefined> {
    if (isThere(this.disk, CLOUD_INIT_OFF)) {
      await this.configureNetwork();
      return undefined;
    }
    const seed = findSeed(this.machine.media) ?? seedOnDisk(this.disk);
    const instance = seed === undefined ? undefined : localStage(this, seed);
    const address = seed === undefined ? seedAddress(this.machine.serial) : undefined;
    const isFirst = !isThere(this.disk, NETPLAN);
    await this.configureNetwork(address !== undefined && isFirst);
    if (address === undefined) return instance;
    const fetched = await fetchSeed(address, {
      network: this.network,
      pause: (ms, signal) => this.surroundings.pause(ms, signal),
      log: (line) => this.journal.write('cloud-init.service', 'cloud-init', line),
      signal: this.power,
    });
    if (fetched !== undefined) {
      const found = localStage(this, fetched);
      if (found.isNew) await this.configureNetwork();
      return found;
    }
    this.journal.write('cloud-init.service', 'cloud-init', `Used fallback datasource: ${address} is silent`);
    // A disk that was set up before stays as it is.
    return isFirst ? localStage(this, WITHOUT_DATASOURCE) : undefined;
  }

  private async configureNetwork(byDhcp = false): Promise<void> {
    const { ethernets, warnings } = parseNetworkPlan(readText(this.disk, NETPLAN) ?? 'version: 2');
    const log = (identifier: string, line: string): void =>
      this.journal.write('systemd-networkd.service', identifier, line);
    for (const warning of warnings) log('netplan', warning);
    const plans: readonly EthernetPlan[] = byDhcp
      ? [dhcpOn(this.interfaces.cards()[0]?.name ?? '')]
      : (keyfilePlans(this.disk, this.interfaces.cards()) ?? ethernets);
    for (const complaint of await this.network.bringUp(plans, this.power)) log('systemd-networkd', complaint);
    putFile(this.disk, RESOLV_CONF, this.network.resolver.configurationText());
  }

  private async runUnitCommand(
    unit: Unit,
    { words }: UnitCommand,
    link: ServiceLink,
    signal: AbortSignal,
  ): Promise<number> {
    const account = findAccount(this.disk, unit.user) ?? rootAccount(this.disk);
    const env = { ...unit.environment, MAINPID: String(link.pid) };
    const result = await runShell(this, {
      account,
      script: quoteAll(expandWords(words, env)),
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
