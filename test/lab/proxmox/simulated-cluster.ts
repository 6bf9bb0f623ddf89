/** A running simulator with a client that pins its certificate, and hands on its clock and machines. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, FormData, fetch } from 'undici';
import { Faults } from '../../../lab/faults.js';
import { Latency } from '../../../lab/latency.js';
import type { LatencyKind } from '../../../lab/latency.js';
import type { LabMachine, MachineHost } from '../../../lab/machine-host.js';
import { startProxmoxSimulator } from '../../../lab/proxmox/simulator.js';
import type { ProxmoxSimulator, ProxmoxSimulatorOptions } from '../../../lab/proxmox/simulator.js';
import { LabState } from '../../../lab/state.js';

export type Form = Readonly<Record<string, string | number | boolean>>;

export interface Reply {
  readonly status: number;
  readonly reason: string;
  readonly contentType: string | null;
  /** `data` of the body. */
  readonly data: unknown;
  readonly body: { data: unknown; message?: string; errors?: Record<string, string>; total?: number } | null;
}

/** Lets chosen kinds of work wait until the test lets go of them. */
export class HeldLatency extends Latency {
  private readonly held = new Map<
    LatencyKind,
    { readonly done: Promise<void>; readonly release: () => void }
  >();

  constructor() {
    super({ speed: 0, seed: 1 });
  }

  hold(kind: LatencyKind): void {
    let release = (): void => {};
    const done = new Promise<void>((resolve) => (release = resolve));
    this.held.set(kind, { done, release });
  }

  release(kind: LatencyKind): void {
    this.held.get(kind)?.release();
    this.held.delete(kind);
  }

  override async wait(
    kind: LatencyKind,
    subject: string,
    signal?: AbortSignal,
    lock?: string,
  ): Promise<void> {
    await super.wait(kind, subject, signal, lock);
    const held = this.held.get(kind);
    if (held === undefined) return;
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    await Promise.race([held.done, aborted]);
  }
}

/** Remembers what was done to the machines. */
export class RecordedMachines implements MachineHost {
  readonly on = new Map<number, LabMachine>();
  readonly removedDisks: string[] = [];
  readonly events: string[] = [];
  /** Whether guests obey an ACPI shutdown. */
  obedient = true;

  powerOn(machine: LabMachine): void {
    this.on.set(machine.vmid, machine);
    this.events.push(`on ${machine.vmid}`);
  }

  powerOff(vmid: number): void {
    this.on.delete(vmid);
    this.events.push(`off ${vmid}`);
  }

  shutdown(vmid: number): Promise<void> {
    this.events.push(`shutdown ${vmid}`);
    return this.obedient ? Promise.resolve() : new Promise(() => {});
  }

  diskRemoved(diskId: string): void {
    this.removedDisks.push(diskId);
  }
}

export class SimulatedCluster {
  readonly latency = new HeldLatency();
  readonly machines = new RecordedMachines();
  readonly faults = new Faults();
  simulator!: ProxmoxSimulator;
  private agent!: Agent;
  /** Where its state is kept. */
  readonly directory: string;
  private options: Partial<ProxmoxSimulatorOptions>;

  private constructor(directory: string, options: Partial<ProxmoxSimulatorOptions>) {
    this.directory = directory;
    this.options = options;
  }

  static async start(options: Partial<ProxmoxSimulatorOptions> = {}): Promise<SimulatedCluster> {
    const directory = mkdtempSync(join(tmpdir(), 'proxmox-simulator-'));
    const cluster = new SimulatedCluster(directory, options);
    await cluster.boot();
    return cluster;
  }

  /** Power loss and return of the whole simulated cluster, with some options changed. */
  async restart(options: Partial<ProxmoxSimulatorOptions> = {}): Promise<void> {
    this.options = { ...this.options, ...options };
    await this.simulator.close();
    await this.agent.close();
    await this.boot();
  }

  async stop(): Promise<void> {
    await this.agent.close();
    await this.simulator.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async request(
    method: string,
    path: string,
    parameters: Form = {},
    token = this.simulator.token,
  ): Promise<Reply> {
    const form = new URLSearchParams(
      Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const inBody = method === 'POST' || method === 'PUT';
    const url = `${this.simulator.url}/api2/json${path}${inBody || form.size === 0 ? '' : `?${form.toString()}`}`;
    return this.send(url, {
      method,
      headers: {
        authorization: `PVEAPIToken=${token}`,
        ...(inBody ? { 'content-type': 'application/x-www-form-urlencoded' } : {}),
      },
      ...(inBody && form.size > 0 ? { body: form.toString() } : {}),
    });
  }

  async send(url: string, init: FetchInit): Promise<Reply> {
    const response = await fetch(url, { ...init, dispatcher: this.agent });
    const text = await response.text();
    const body = text === '' ? null : (JSON.parse(text) as NonNullable<Reply['body']>);
    return {
      status: response.status,
      reason: response.statusText,
      contentType: response.headers.get('content-type'),
      data: body?.data,
      body,
    };
  }

  /** The data of a call that is to succeed. */
  async data<T>(method: string, path: string, parameters: Form = {}): Promise<T> {
    const reply = await this.request(method, path, parameters);
    if (reply.status !== 200)
      throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.data as T;
  }

  /** Starts a task, waits for its end and returns its exit status. */
  async task(method: string, path: string, parameters: Form = {}): Promise<string> {
    return this.ended(await this.data<string>(method, path, parameters));
  }

  async ended(upid: string): Promise<string> {
    const node = upid.split(':')[1] ?? '';
    for (;;) {
      const task = await this.data<{ status: string; exitstatus?: string }>(
        'GET',
        `/nodes/${node}/tasks/${encodeURIComponent(upid)}/status`,
      );
      if (task.status === 'stopped') return task.exitstatus ?? '';
    }
  }

  async config(node: string, vmid: number): Promise<Record<string, string | number>> {
    return this.data('GET', `/nodes/${node}/qemu/${vmid}/config`);
  }

  /** Asks until the answer is what the test waits for. */
  async until(method: string, path: string, reached: (reply: Reply) => boolean): Promise<Reply> {
    for (;;) {
      const reply = await this.request(method, path);
      if (reached(reply)) return reply;
    }
  }

  /** A linked clone of template 9001 on hv5. */
  async clone(newid: number, parameters: Form = {}): Promise<string> {
    return this.task('POST', '/nodes/hv5/qemu/9001/clone', { newid, ...parameters });
  }

  async upload(
    filename: string,
    bytes: Uint8Array,
    fields: Record<string, string> = { content: 'iso' },
    node = 'hv5',
  ): Promise<Reply> {
    const form = new FormData();
    for (const [name, value] of Object.entries(fields)) form.append(name, value);
    form.append('filename', new Blob([new Uint8Array(bytes)]), filename);
    return this.send(`${this.simulator.url}/api2/json/nodes/${node}/storage/local/upload`, {
      method: 'POST',
      headers: { authorization: `PVEAPIToken=${this.simulator.token}` },
      body: form,
    });
  }

  private async boot(): Promise<void> {
    this.simulator = await startProxmoxSimulator({
      host: '127.0.0.1',
      port: 0,
      latency: this.latency,
      faults: this.faults,
      state: new LabState(this.directory),
      machines: this.machines,
      ...this.options,
    });
    this.agent = pinned(this.simulator);
  }
}

type FetchInit = NonNullable<Parameters<typeof fetch>[1]>;

/** Trusts the simulator's own certificate and no other. */
export function pinned(simulator: Pick<ProxmoxSimulator, 'certificate'>): Agent {
  return new Agent({ connect: { ca: simulator.certificate } });
}
