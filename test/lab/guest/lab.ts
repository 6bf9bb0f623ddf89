/** Guests with a network, an entrance to it, and a person who logs in. */
import { generateKeyPair } from '../../../activities/ssh/key-pair.js';
import { SocksClient } from 'socks';
import ssh2, { type Client, type ClientChannel, type ConnectConfig } from 'ssh2';
import { isoImage } from '../../../activities/cloud-init/iso9660.js';
import { Faults } from '../../../lab/faults.js';
import { createGuests, type Guests } from '../../../lab/guest/guests.js';
import type { LabKubernetes } from '../../../lab/kubernetes/lab-kubernetes.js';
import { Latency } from '../../../lab/latency.js';
import type { LabMachine } from '../../../lab/machine-host.js';
import { LabNetwork } from '../../../lab/network/lab-network.js';
import { startSocksServer, type SocksServer } from '../../../lab/network/socks-server.js';
import { LabState } from '../../../lab/state.js';
import { FakeKubernetes } from './fake-kubernetes.js';

export const USER_KEY = generateKeyPair('test');
export const USER = 'operator';

export interface TestLabOptions {
  readonly kubernetes?: (parts: { state: LabState; latency: Latency; faults: Faults }) => LabKubernetes;
  /** Where the state is kept; nowhere by default. */
  readonly directory?: string | null;
  /** Of the latencies; 0 by default. */
  readonly speed?: number;
}

export class TestLab {
  readonly network = new LabNetwork();
  readonly faults = new Faults();
  readonly latency: Latency;
  readonly state: LabState;
  readonly fakeKubernetes = new FakeKubernetes();
  readonly guests: Guests;
  private readonly kubernetes: LabKubernetes;
  private readonly clients = new Set<Client>();
  private proxy: SocksServer | undefined;

  constructor({ kubernetes, directory = null, speed = 0 }: TestLabOptions = {}) {
    this.latency = new Latency({ speed, seed: 1 });
    const { faults, latency, network } = this;
    this.state = new LabState(directory);
    const { state } = this;
    this.kubernetes = kubernetes?.({ state, latency, faults }) ?? this.fakeKubernetes;
    this.guests = createGuests({
      network,
      latency,
      faults,
      state,
      kubernetes: this.kubernetes,
      timeScale: 0,
    });
  }

  /** Opens a connection through the entrance. */
  async dial(address: string, port = 22) {
    this.proxy ??= await startSocksServer({
      host: '127.0.0.1',
      port: 0,
      network: this.network,
      unreachableAfterMs: 1,
    });
    const { hostname, port: proxyPort } = new URL(this.proxy.url);
    const { socket } = await SocksClient.createConnection({
      command: 'connect',
      destination: { host: address, port },
      proxy: { host: hostname, port: Number(proxyPort), type: 5 },
    });
    return socket;
  }

  /** One attempt to log in. */
  async tryLogin(address: string, config: ConnectConfig = {}, port = 22): Promise<Login> {
    const sock = await this.dial(address, port);
    const client = new ssh2.Client();
    this.clients.add(client);
    let hostKey = '';
    // The machine may break off at any time, also after it has refused the login.
    client.on('error', () => undefined);
    await new Promise<void>((resolve, reject) => {
      client.once('ready', resolve);
      client.once('error', reject);
      client.once('close', () => reject(new Error('closed')));
      const hostVerifier = (key: Buffer): boolean => {
        hostKey = key.toString('base64');
        return true;
      };
      client.connect({ sock, username: USER, privateKey: USER_KEY.private, hostVerifier, ...config });
    });
    return new Login(client, hostKey);
  }

  /** Tries until the machine lets one in. */
  async login(address: string): Promise<Login> {
    return until(async () => this.tryLogin(address).catch(() => undefined));
  }

  async close(): Promise<void> {
    for (const client of this.clients) client.destroy();
    await this.guests.close();
    await this.kubernetes.close();
    await this.proxy?.close();
    this.state.flush();
  }
}

/** With a blank disk: it has to be installed. */
export function aBlankMachine(number: number, changes: Partial<LabMachine> = {}): LabMachine {
  return aMachine(number, { image: '', media: [], ...changes });
}

export interface CommandResult {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Login {
  readonly client: Client;
  /** Base64. */
  readonly hostKey: string;

  constructor(client: Client, hostKey: string) {
    this.client = client;
    this.hostKey = hostKey;
  }

  /** `code` is `null` when the connection broke. */
  run(command: string, stdin = ''): Promise<CommandResult> {
    return new Promise((resolve, reject) => {
      this.client.exec(command, (error, channel) => {
        if (error !== undefined) return reject(error);
        const stdout: Buffer[] = [];
        const stderr: Buffer[] = [];
        let code: number | null = null;
        channel.on('data', (chunk: Buffer) => stdout.push(chunk));
        channel.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
        channel.on('exit', (status: number | null) => (code = status));
        channel.on('close', () => {
          resolve({
            code,
            stdout: Buffer.concat(stdout).toString(),
            stderr: Buffer.concat(stderr).toString(),
          });
        });
        channel.end(stdin);
      });
    });
  }

  async stdout(command: string): Promise<string> {
    return (await this.run(command)).stdout;
  }

  start(command: string): Promise<ClientChannel> {
    return new Promise((resolve, reject) => {
      this.client.exec(command, (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
    });
  }
}

const LONGEST_WAIT_MS = 120_000;

/** Asks again and again until there is an answer. */
export async function until<T>(ask: () => Promise<T | undefined | false>): Promise<T> {
  const deadline = performance.now() + LONGEST_WAIT_MS;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined && answer !== false) return answer;
    if (performance.now() > deadline) throw new Error(`it never came true: ${ask.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Machine number 1 has VMID 101 and the address 10.1.107.101. */
export function aMachine(number: number, changes: Partial<LabMachine> = {}): LabMachine {
  const { diskId = `vm-${100 + number}-disk-0`, image = 'ubuntu-24.04-template' } = changes;
  return {
    vmid: 100 + number,
    name: `edge-${number}`,
    uuid: `00000000-0000-4000-8000-00000000000${number}`,
    node: 'hv5',
    cores: 2,
    memoryMiB: 2_048,
    interfaces: [{ mac: `BC:24:11:00:00:0${number}`, bridge: 'vmbr0', vlan: null }],
    diskId,
    diskGiB: 8,
    image,
    media: [aSeed(number)],
    disks: [{ diskId, image }],
    bootOrder: [{ kind: 'disk', diskId }],
    serial: '',
    ...changes,
  };
}

export interface SeedChanges {
  readonly userData?: string;
  /** Lines of YAML behind the user. */
  readonly config?: string;
  readonly instanceId?: string;
  readonly networkConfig?: string;
}

export function aSeed(number: number, changes: SeedChanges = {}): Uint8Array {
  const file = ([name, text]: [string, string]) => ({ name, content: new TextEncoder().encode(text) });
  return isoImage('cidata', Object.entries(seedDocuments(number, changes)).map(file));
}

/** The same as text, by their names. */
export function seedDocuments(number: number, changes: SeedChanges = {}): Readonly<Record<string, string>> {
  const {
    config = '',
    userData = `#cloud-config\nhostname: edge-${number}\nusers:\n  - name: ${USER}\n    shell: /bin/bash\n    sudo: ALL=(ALL) NOPASSWD:ALL\n    ssh_authorized_keys: ['${USER_KEY.public}']\n${config}`,
    instanceId = `instance-${number}`,
    networkConfig = `version: 2\nethernets:\n  primary:\n    match: {macaddress: 'bc:24:11:00:00:0${number}'}\n    addresses: [10.1.107.10${number}/24]\n    routes: [{to: default, via: 10.1.107.1}]\n`,
  } = changes;
  return {
    'user-data': userData,
    'meta-data': `instance-id: ${instanceId}\n`,
    'network-config': networkConfig,
  };
}
