/** A machine with Talos from power on to power off: no shell, no SSH, and its own API on port 50000. */
import ipaddr from 'ipaddr.js';
import type { LabMachine } from '../../machine-host.js';
import type { ConnectionHandler } from '../../network/lab-network.js';
import type { GuestSurroundings } from '../guest.js';
import { NetworkStack } from '../networking/network-stack.js';
import { maintenanceCertificate } from './certificates.js';
import type { TalosClusters } from './clusters.js';
import { parseConfiguration, type TalosConfiguration } from './configuration.js';
import { grpcEndpoint, type GrpcEndpointOptions } from './grpc-endpoint.js';
import type { TalosRelease } from './image.js';
import { maintenanceApi } from './maintenance.js';
import { talosNetwork } from './network-plan.js';
import { TalosNode } from './talos-node.js';

export interface TalosMachineOptions {
  readonly machine: LabMachine;
  readonly diskId: string;
  readonly release: TalosRelease;
  readonly surroundings: GuestSurroundings;
  readonly print: (line: string) => void;
  /** It has gone down, and boots once more. */
  readonly restarts: () => void;
}

export type TalosMachineState = 'booting' | 'maintenance' | 'running' | 'off';

const API_PORT = 50_000;

export class TalosMachine {
  readonly machine: LabMachine;
  readonly diskId: string;
  readonly release: TalosRelease;
  readonly surroundings: GuestSurroundings;
  readonly network: NetworkStack;
  readonly power: AbortSignal;
  readonly clusters: TalosClusters;
  private readonly switch = new AbortController();
  private readonly print: (line: string) => void;
  private readonly restarts: () => void;
  private state: TalosMachineState = 'booting';
  private node: TalosNode | undefined;

  constructor({ machine, diskId, release, surroundings, print, restarts }: TalosMachineOptions) {
    this.machine = machine;
    this.diskId = diskId;
    this.release = release;
    this.surroundings = surroundings;
    this.clusters = surroundings.talosClusters;
    this.print = print;
    this.restarts = restarts;
    this.power = this.switch.signal;
    this.network = new NetworkStack(machine, surroundings);
  }

  /** Resolves when the machine waits for a configuration or runs with one, or the power has gone. */
  async boot(): Promise<void> {
    try {
      await this.surroundings.latency.wait('guest.boot', this.machine.name, this.power);
      const { configuration } = this.clusters.disks.read(this.diskId);
      if (configuration === null) await this.maintain();
      else await this.run(parseConfiguration(configuration));
    } catch (error) {
      if (!this.power.aborted) this.log(`fatal: ${(error as Error).message}`);
    }
  }

  cutPower(): void {
    if (this.power.aborted) return;
    this.state = 'off';
    this.switch.abort();
    this.network.cut();
  }

  shutDown(): Promise<void> {
    this.cutPower();
    return Promise.resolve();
  }

  /** Goes down, and comes back as what is on its disk then. */
  restart(): void {
    if (this.power.aborted) return;
    this.cutPower();
    this.restarts();
  }

  log(line: string): void {
    this.print(`[talos] ${line}`);
  }

  /** Opens a port until the power goes or the returned function is called. */
  listen(port: number, handler: ConnectionHandler): () => void {
    return this.network.ports.open(port, handler);
  }

  serveApi(options: Omit<GrpcEndpointOptions, 'hold'>): () => void {
    const { faults } = this.surroundings;
    const endpoint = grpcEndpoint({
      ...options,
      hold: (stage, path) => faults.at('talos', stage, `${this.machine.name}: ${path}`),
    });
    const close = this.listen(API_PORT, endpoint.handler);
    const end = (): void => {
      close();
      endpoint.close();
    };
    this.power.addEventListener('abort', end, { once: true });
    return end;
  }

  inspect() {
    const { vmid, name } = this.machine;
    return {
      vmid,
      name,
      state: this.state,
      addresses: this.network.interfaces.addresses(),
      ports: this.network.ports.list(),
      cloudInit: { status: 'not started' as const, errors: [], warnings: [] },
      services: Object.fromEntries((this.node?.services() ?? []).map(({ id, state }) => [id, state])),
    };
  }

  /** Waits for a configuration, and takes the first that is valid. */
  private async maintain(): Promise<void> {
    await this.bringUp(null);
    this.state = 'maintenance';
    this.log('entering maintenance service');
    const credential = await maintenanceCertificate(this.network.interfaces.addresses());
    if (this.power.aborted) return;
    let isTaken = false;
    const end = this.serveApi({
      credential,
      clientAuthority: null,
      answers: maintenanceApi((text, configuration) => {
        if (isTaken) return;
        isTaken = true;
        // The answer is on its way first.
        setTimeout(() => {
          end();
          this.take(text, configuration).catch((error: unknown) => {
            if (!this.power.aborted) this.log(`fatal: ${(error as Error).message}`);
          });
        }, ANSWER_MS);
      }),
    });
  }

  private async take(text: string, configuration: TalosConfiguration): Promise<void> {
    this.state = 'booting';
    await this.surroundings.latency.wait('guest.talos-configure', this.machine.name, this.power);
    if (!this.hasDisk(configuration.installDisk)) {
      this.log(`install failed: lstat ${configuration.installDisk}: no such file or directory; rebooting`);
      return this.boot();
    }
    this.clusters.disks.write(this.diskId, { configuration: text });
    await this.run(configuration);
  }

  private async run(configuration: TalosConfiguration): Promise<void> {
    await this.bringUp(configuration);
    this.power.throwIfAborted();
    this.state = 'running';
    this.node = new TalosNode(this, configuration);
    this.node.start();
  }

  private async bringUp(configuration: TalosConfiguration | null): Promise<void> {
    const plans = talosNetwork(this.machine, configuration, this.network.interfaces.cards());
    for (const complaint of await this.network.bringUp(plans, this.power)) this.log(complaint);
  }

  /** Disks are on a SCSI controller, in the order of their slots. An empty name leaves the choice to a selector. */
  private hasDisk(name: string): boolean {
    const names = this.machine.disks.map((_, index) => `/dev/sd${String.fromCharCode(LETTER_A + index)}`);
    return name === '' || names.includes(name);
  }
}

const ANSWER_MS = 10;
const LETTER_A = 'a'.charCodeAt(0);

/** The first address in one of the subnets; without subnets the main one. */
export function nodeAddress(network: NetworkStack, subnets: readonly string[]): string | undefined {
  const isIn = (address: string): boolean =>
    subnets.some((subnet) => {
      if (!ipaddr.isValidCIDR(subnet) || !ipaddr.isValid(address)) return false;
      const [parsed, range] = [ipaddr.parse(address), ipaddr.parseCIDR(subnet)];
      return parsed.kind() === range[0].kind() && parsed.match(range);
    });
  return subnets.length === 0 ? network.interfaces.mainAddress() : network.interfaces.addresses().find(isIn);
}
