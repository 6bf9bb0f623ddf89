/** The Proxmox VE 9 API simulator: a cluster in memory behind real HTTPS, kept across restarts. */
import { once } from 'node:events';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Faults } from '../faults.js';
import type { Latency } from '../latency.js';
import type { MachineHost } from '../machine-host.js';
import type { LabState } from '../state.js';
import { createApplication } from './application.js';
import { Broadcast } from './broadcast.js';
import { fingerprintOf, loadCertificate } from './certificate.js';
import { clusterEndpoints } from './cluster-endpoints.js';
import type { Cluster } from './cluster.js';
import { inspectWorld } from './inspection.js';
import type { Inspection } from './inspection.js';
import { DEFAULT_INVENTORY } from './lab-inventory.js';
import type { LabInventory } from './lab-inventory.js';
import { Locks } from './locks.js';
import { nodeEndpoints } from './node-endpoints.js';
import { storageEndpoints } from './storage-endpoints.js';
import { Storages } from './storages.js';
import { taskEndpoints } from './task-endpoints.js';
import { Tasks } from './tasks.js';
import { PROXMOX_TIMING } from './timing.js';
import type { ProxmoxTiming } from './timing.js';
import { DEFAULT_TOKEN, Tokens } from './tokens.js';
import type { LabToken } from './tokens.js';
import { uploadEndpoint } from './upload-endpoint.js';
import { vmEndpoints } from './vm-endpoints.js';
import { machineOf } from './vm-machine.js';
import { VolumeContents } from './volume-contents.js';
import { World } from './world.js';

export interface ProxmoxSimulatorOptions {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly latency: Latency;
  readonly faults: Faults;
  readonly state: LabState;
  readonly machines: MachineHost;
  /** Beside the default token, which may do all that a token can. */
  readonly tokens?: readonly LabToken[];
  readonly inventory?: LabInventory;
  readonly timing?: Partial<ProxmoxTiming>;
}

export interface ProxmoxSimulator {
  /** Such as `https://127.0.0.1:8006`. */
  readonly url: string;
  /** SHA-256 of the certificate, `AA:BB:..`, as `pvenode cert info` prints it. */
  readonly fingerprint: string;
  /** PEM, for clients that trust it instead of pinning it. */
  readonly certificate: string;
  /** `user@realm!id=uuid` of the default token. */
  readonly token: string;
  /** The same of all tokens, by their id. */
  readonly tokens: Readonly<Record<string, string>>;
  inspect(): Inspection;
  /** Goes down as a host that loses power: running tasks stay unfinished, and everything is kept. */
  close(): Promise<void>;
}

/** @throws Error when the port is taken. */
export async function startProxmoxSimulator(options: ProxmoxSimulatorOptions): Promise<ProxmoxSimulator> {
  const { host, port, state, faults } = options;
  const { certificate, privateKey } = await loadCertificate(state, host);
  const fingerprint = fingerprintOf(certificate);
  const allTokens = [DEFAULT_TOKEN, ...(options.tokens ?? [])];
  const tokens = new Tokens(state, allTokens);
  const cluster = createCluster(options, fingerprint);
  const endpoints = [
    ...clusterEndpoints(cluster),
    ...nodeEndpoints(cluster),
    ...storageEndpoints(cluster),
    uploadEndpoint(cluster),
    ...taskEndpoints(cluster),
    ...vmEndpoints(cluster),
  ];
  const application = createApplication({ cluster, tokens, faults, endpoints });
  const server = createServer({ cert: certificate, key: privateKey }, application);
  server.listen(port, host);
  await once(server, 'listening');
  powerOnAgain(cluster);
  return {
    url: `https://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    fingerprint,
    certificate,
    token: tokens.credential(DEFAULT_TOKEN.id),
    tokens: Object.fromEntries(allTokens.map(({ id }) => [id, tokens.credential(id)])),
    inspect: () => inspectWorld(cluster.world),
    close: async () => {
      cluster.broadcast.stop();
      await cluster.tasks.crash();
      cluster.world.freeze();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}

function createCluster(options: ProxmoxSimulatorOptions, fingerprint: string): Cluster {
  const { state, machines, latency } = options;
  const inventory = options.inventory ?? DEFAULT_INVENTORY;
  const timing = { ...PROXMOX_TIMING, ...options.timing };
  const world = new World(state, inventory);
  const locks = new Locks();
  const contents = new VolumeContents(state);
  contents.removeAllBut(new Set(world.volumes.keys()));
  return {
    inventory,
    world,
    locks,
    contents,
    machines,
    latency,
    timing,
    fingerprint,
    tasks: new Tasks(world),
    storages: new Storages({ world, inventory, contents, machines, locks, timing }),
    broadcast: new Broadcast(world, timing.statusIntervalMs),
    bootedAt: Math.floor(Date.now() / 1_000),
  };
}

/** VMs that ran when the simulator went down run again. */
function powerOnAgain(cluster: Cluster): void {
  for (const vm of cluster.world.vms.values()) {
    if (vm.startedAt === null) continue;
    const started = { ...vm, startedAt: Date.now() };
    cluster.world.putVm(started);
    cluster.machines.powerOn(machineOf(cluster, started));
  }
}
