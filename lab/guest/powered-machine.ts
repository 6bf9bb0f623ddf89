/** One machine from power on to power off: its firmware, and what that boots, also after it has restarted itself. */
import type { LabMachine } from '../machine-host.js';
import { runFirstBoot } from './coreos/first-boot.js';
import { isCoreOsInstaller, runCoreOsInstaller } from './coreos/live-installer.js';
import type { DiskTree } from './disk/disk-tree.js';
import type { Disks } from './disk/disks.js';
import { chooseBootDevice, type BootChoice } from './firmware/firmware.js';
import { bootFromNetwork } from './firmware/network-boot.js';
import { Guest, type GuestSurroundings } from './guest.js';
import { runLiveSystem } from './live/live-system.js';
import { NetworkStack } from './networking/network-stack.js';
import { talosRelease, type TalosRelease } from './talos/image.js';
import { TalosMachine } from './talos/talos-machine.js';

export interface PoweredMachineOptions {
  readonly machine: LabMachine;
  readonly disks: Disks;
  readonly surroundings: GuestSurroundings;
  /** It has switched itself off. */
  readonly halted: () => void;
}

/** Kept for a person who looks at it. */
const MOST_LINES = 200;

export class PoweredMachine {
  private readonly options: PoweredMachineOptions;
  private readonly console: string[] = [];
  private readonly power = new AbortController();
  private guest: Guest | TalosMachine | undefined;
  /** Of the firmware and of a live system. */
  private network: NetworkStack | undefined;
  private bootedFrom: BootChoice | undefined;

  constructor(options: PoweredMachineOptions) {
    this.options = options;
  }

  /** Boots in the background. */
  start(): void {
    this.boot().catch((error: unknown) => {
      if (!this.power.signal.aborted) this.print(`panic: ${(error as Error).message}`);
    });
  }

  cutPower(): void {
    this.power.abort();
    this.guest?.cutPower();
    this.network?.cut();
  }

  /** Only an operating system obeys: at the firmware and in a live system that waits, nobody hears of it. */
  async shutDown(): Promise<void> {
    if (this.guest !== undefined) return this.guest.shutDown();
    await new Promise<void>((resolve) => {
      if (this.power.signal.aborted) resolve();
      this.power.signal.addEventListener('abort', () => resolve(), { once: true });
    });
  }

  inspect() {
    const { machine } = this.options;
    const { guest, console } = this;
    const bootedFrom = this.bootedFrom?.kind ?? null;
    if (guest !== undefined) return { ...guest.inspect(), bootedFrom, console };
    return {
      vmid: machine.vmid,
      name: machine.name,
      state: this.bootedFrom?.kind === 'live' ? ('live' as const) : ('firmware' as const),
      addresses: this.network?.interfaces.addresses() ?? [],
      ports: [],
      cloudInit: { status: 'not started' as const, errors: [], warnings: [] },
      services: {},
      bootedFrom,
      console,
    };
  }

  private async boot(): Promise<void> {
    const { machine, disks, surroundings } = this.options;
    const { signal } = this.power;
    this.guest = undefined;
    this.bootedFrom = undefined;
    const network = new NetworkStack(machine, surroundings);
    this.network = network;
    const hasSystem = (diskId: string): boolean => this.hasSystem(diskId);
    const print = (line: string): void => this.print(line);
    const choice = await chooseBootDevice(machine, {
      hasSystem,
      print,
      bootFromNetwork: async (index) => {
        await surroundings.latency.wait('guest.network-boot', machine.name, signal);
        return bootFromNetwork(index, { machine, network, print, signal });
      },
    });
    network.cut();
    if (signal.aborted) return;
    this.bootedFrom = choice;
    const pause = (ms: number, each: AbortSignal): Promise<void> => surroundings.pause(ms, each);
    if (choice.kind === 'disk') {
      const release = this.talosOn(choice.diskId);
      if (release !== undefined) return this.bootsTalos(choice.diskId, release);
      const disk = disks.open(choice.diskId);
      const early = new NetworkStack(machine, surroundings);
      this.network = early;
      const isConfigured = await runFirstBoot({ machine, disk, network: early, print, pause, signal });
      if (!isConfigured || signal.aborted) return;
      early.cut();
      return this.boots(disk);
    }
    if (choice.kind === 'nothing') return;
    const live = new NetworkStack(machine, surroundings);
    this.network = live;
    const run = isCoreOsInstaller(choice.commandLine) ? runCoreOsInstaller : runLiveSystem;
    const isInstalled = await run({
      ...{ machine, network: live, hasSystem, print, signal, pause },
      latency: surroundings.latency,
      commandLine: choice.commandLine,
      install: (diskId, write) => disks.install(diskId, write),
    });
    if (!isInstalled || signal.aborted) return;
    live.cut();
    await this.boot();
  }

  private async boots(disk: DiskTree): Promise<void> {
    const { machine, surroundings, halted } = this.options;
    this.network = undefined;
    this.guest = new Guest({
      machine,
      disk,
      surroundings,
      wentDown: (again) => {
        if (this.power.signal.aborted) return;
        if (again) this.start();
        else halted();
      },
    });
    await this.guest.boot();
  }

  private async bootsTalos(diskId: string, release: TalosRelease): Promise<void> {
    const { machine, surroundings } = this.options;
    this.network = undefined;
    this.guest = new TalosMachine({
      ...{ machine, diskId, surroundings },
      release: surroundings.talosClusters.disks.read(diskId).release ?? release,
      restarts: () => {
        if (!this.power.signal.aborted) this.start();
      },
      print: (line) => this.print(line),
    });
    await this.guest.boot();
  }

  private talosOn(diskId: string): TalosRelease | undefined {
    return talosRelease(this.imageOf(diskId));
  }

  private hasSystem(diskId: string): boolean {
    return this.imageOf(diskId) !== '' || this.options.disks.exists(diskId);
  }

  private imageOf(diskId: string): string {
    return this.options.machine.disks.find((disk) => disk.diskId === diskId)?.image ?? '';
  }

  private print(line: string): void {
    this.console.push(line);
    if (this.console.length > MOST_LINES) this.console.shift();
  }
}
