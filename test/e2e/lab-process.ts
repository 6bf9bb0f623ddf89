/** The whole product as its own processes, as `npm start` runs it: built code, free ports, a state folder of its own. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { FaultRule } from '../../lab/faults.js';
import { projectFile } from '../../lab/binaries/folders.js';

export interface LabProcessOptions {
  readonly speed?: number;
  /** State that an earlier process left. */
  readonly stateDir?: string;
}

export interface Answer<T> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: T;
}

interface Ready {
  readonly apiUrl: string;
  readonly temporalAddress: string;
  readonly world: {
    readonly controlUrl: string;
    readonly machineProxyUrl: string;
    readonly dnsAddress: string;
    readonly proxmoxUrl: string;
    readonly proxmoxToken: string;
  };
}

type ProcessName = 'temporal' | 'lab' | 'worker' | 'api';

const START_TIMEOUT_MS = 240_000;
const POLL_MS = 100;

export class LabProcess {
  readonly stateDir: string;
  private readonly child: ChildProcess;
  private readonly pids = new Map<string, number>();
  private readonly starts = new Map<string, number>();
  private ready: Ready | null = null;
  private output = '';

  private constructor(options: LabProcessOptions) {
    this.stateDir = options.stateDir ?? mkdtempSync(join(tmpdir(), 'clusterwright-e2e-'));
    const ports = ['api', 'temporal', 'ui', 'proxmox', 'proxy', 'control', 'boot', 'dns'].flatMap((name) => [
      `--${name}-port`,
      '0',
    ]);
    const args = ['--speed', String(options.speed ?? 0), '--state-dir', this.stateDir, ...ports];
    this.child = fork(projectFile('dist/lab/start.js'), args, {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      execArgv: [],
      // What a test does to machines is not to be undone meanwhile, unless it asks for that.
      env: { ...process.env, NODE_OPTIONS: '', HEALTH_INTERVAL_SECONDS: '0' },
    });
    for (const stream of [this.child.stdout, this.child.stderr]) {
      stream?.on('data', (chunk: Buffer) => {
        this.output += chunk.toString();
      });
    }
    this.child.on('message', (message: { kind: string; name?: string; pid?: number }) => {
      if (message.kind === 'ready') this.ready = message as unknown as Ready;
      if (message.kind !== 'served' || message.name === undefined) return;
      this.pids.set(message.name, message.pid ?? 0);
      this.starts.set(message.name, (this.starts.get(message.name) ?? 0) + 1);
    });
  }

  static async start(options: LabProcessOptions = {}): Promise<LabProcess> {
    const lab = new LabProcess(options);
    await waitFor(
      `the lab to be up; it said: ${lab.output}`,
      () => lab.ready ?? lab.hasEnded(),
      START_TIMEOUT_MS,
    );
    if (lab.ready === null) throw new Error(`the lab ended: ${lab.output}`);
    return lab;
  }

  get temporalAddress(): string {
    return this.addresses().temporalAddress;
  }

  /** For what a person does there. */
  get proxmox(): { readonly url: string; readonly token: string } {
    const { proxmoxUrl: url, proxmoxToken: token } = this.addresses().world;
    return { url, token };
  }

  /** `host:port` of the DNS server that takes records. */
  get dnsAddress(): string {
    return this.addresses().world.dnsAddress;
  }

  /** Through which the machines are reached. */
  get machineProxyUrl(): string {
    return this.addresses().world.machineProxyUrl;
  }

  async api<T = Record<string, unknown>>(
    path: string,
    options: { method?: string; body?: string | Buffer; headers?: Record<string, string> } = {},
  ): Promise<Answer<T>> {
    return send<T>(`${this.addresses().apiUrl}${path}`, options);
  }

  /** The lab's own endpoint, which the product knows nothing of. */
  async control<T>(path: string, options: { method?: string; body?: unknown } = {}): Promise<T> {
    const body = options.body === undefined ? {} : { body: JSON.stringify(options.body) };
    const method = options.method ?? 'GET';
    return (await send<T>(`${this.addresses().world.controlUrl}${path}`, { method, ...body })).json;
  }

  async fault(rule: FaultRule): Promise<string> {
    return (await this.control<{ id: string }>('/faults', { method: 'POST', body: rule })).id;
  }

  async release(id: string): Promise<void> {
    await this.control(`/faults/${id}`, { method: 'DELETE' });
  }

  /** Kills the process with SIGKILL; resolves when its successor serves. */
  async kill(name: ProcessName): Promise<void> {
    const before = this.starts.get(name) ?? 0;
    this.killOnly(name);
    await waitFor(
      `${name} to be started again`,
      () => (this.starts.get(name) ?? 0) > before,
      START_TIMEOUT_MS,
    );
  }

  killOnly(name: ProcessName): void {
    const pid = this.pids.get(name);
    if (pid === undefined) throw new Error(`${name} does not run`);
    process.kill(pid, 'SIGKILL');
  }

  /** @param keepsState for another process that goes on with it; otherwise nothing of it is left. */
  async stop({ keepsState = false } = {}): Promise<void> {
    if (!this.hasEnded()) {
      const ended = once(this.child, 'exit');
      this.child.kill('SIGTERM');
      await ended;
    }
    if (!keepsState) rmSync(this.stateDir, { recursive: true, force: true, maxRetries: 5 });
  }

  private addresses(): Ready {
    if (this.ready === null) throw new Error('the lab is not up');
    return this.ready;
  }

  private hasEnded(): boolean {
    return this.child.exitCode !== null || this.child.signalCode !== null;
  }
}

/** Looks again and again; @throws Error that names what was waited for. */
export async function waitFor<T>(
  what: string,
  look: () => T | Promise<T>,
  timeoutMs: number,
): Promise<Exclude<Awaited<T>, null | undefined | false>> {
  const end = Date.now() + timeoutMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) {
      return found as Exclude<Awaited<T>, null | undefined | false>;
    }
    if (Date.now() > end) throw new Error(`waited ${timeoutMs / 1_000} s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function send<T>(
  url: string,
  {
    method = 'GET',
    body,
    headers = {},
  }: { method?: string; body?: string | Buffer; headers?: Record<string, string> },
): Promise<Answer<T>> {
  const type = body === undefined ? {} : { 'content-type': 'application/json' };
  const response = await fetch(url, {
    method,
    headers: { ...type, ...headers },
    ...(body === undefined ? {} : { body }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '');
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: (isJson ? JSON.parse(text) : null) as T,
  };
}
