/** The Proxmox VE 9 API simulator: a cluster in memory behind real HTTPS, kept across restarts. */
import type { WorldChange } from '../fault-effects.js';
import type { Faults } from '../faults.js';
import type { Latency } from '../latency.js';
import type { MachineHost } from '../machine-host.js';
import type { LabState } from '../state.js';
import { allocateEndpoint } from './allocate-endpoint.js';
import { createApplication } from './application.js';
import { Broadcast } from './broadcast.js';
import { fingerprintOf, loadCertificate } from './certificate.js';
import { backupJobEndpoints } from './backup-jobs.js';
import type { BackupJob } from './backup-jobs.js';
import { clusterEndpoints } from './cluster-endpoints.js';
import type { Cluster } from './cluster.js';
import { Datacenter } from './datacenter.js';
import { datacenterEndpoints } from './datacenter-endpoints.js';
import { HaManager } from './ha-manager.js';
import { haResourceEndpoints } from './ha-resource-endpoints.js';
import { haRuleEndpoints } from './ha-rule-endpoints.js';
import { haStatusEndpoints } from './ha-status-endpoints.js';
import { startFurtherHostServer, startHostServer } from './host-server.js';
import type { HostServer } from './host-server.js';
import { inspectWorld } from './inspection.js';
import type { Inspection } from './inspection.js';
import { downloadEndpoint } from './download-endpoint.js';
import { inventoryFiles } from './inventory-files.js';
import { DEFAULT_INVENTORY } from './lab-inventory.js';
import type { LabInventory } from './lab-inventory.js';
import { Locks } from './locks.js';
import { nodeEndpoints } from './node-endpoints.js';
import { NodeStates } from './node-states.js';
import { storageEndpoints } from './storage-endpoints.js';
import { Storages } from './storages.js';
import { taskEndpoints } from './task-endpoints.js';
import { Tasks } from './tasks.js';
import { timingOf } from './timing.js';
import type { ProxmoxTiming } from './timing.js';
import { DEFAULT_TOKEN, Tokens } from './tokens.js';
import type { LabToken } from './tokens.js';
import { uploadEndpoint } from './upload-endpoint.js';
import { vmEndpoints } from './vm-endpoints.js';
import { vmFirewallEndpoints } from './vm-firewall-endpoints.js';
import { machineOf } from './vm-machine.js';
import { vmMigrateEndpoints } from './vm-migrate-endpoints.js';
import { vzdumpEndpoints } from './vzdump-endpoints.js';
import { powerOff } from './vm-power.js';
import { VolumeContents } from './volume-contents.js';
import { changeWorld } from './world-change.js';
import { World } from './world.js';

export interface ProxmoxSimulatorOptions {
  readonly host: string;
  /** The first host's; each further host that has an address of its own takes the next one. 0 takes any free ports. */
  readonly port: number;
  /** How many of the hosts, the first ones, have an address of their own. */
  readonly addresses?: number;
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
  /** The first host's address, such as `https://127.0.0.1:8006`. */
  readonly url: string;
  /** The addresses of all hosts that have one, in the order of the hosts. Each serves the whole cluster. */
  readonly urls: readonly string[];
  /** SHA-256 of the certificate, `AA:BB:..`, as `pvenode cert info` prints it. */
  readonly fingerprint: string;
  /** PEM, for clients that trust it instead of pinning it. */
  readonly certificate: string;
  /** `user@realm!id=uuid` of the default token. */
  readonly token: string;
  /** The same of all tokens, by their id. */
  readonly tokens: Readonly<Record<string, string>>;
  inspect(): Inspection;
  /** The machine has switched itself off. */
  machineHalted(vmid: number): void;
  /** Something that a person or high availability does, at once. @throws Error when it names no VM or no host. */
  change(change: WorldChange): void;
  /** A VM loses its power, as when its guest halts or somebody kills its process. */
  powerOff(vmid: number): void;
  /** Switches the datacenter's own firewall, which no token may do without `Sys.Modify`. */
  setFirewall(enabled: boolean): void;
  /** Sets `crs` of datacenter.cfg. */
  setCrs(crs: Readonly<Record<string, string | number>>): void;
  /** Makes a job that backs guests up by a schedule, which no token may do without `Sys.Modify`. It never runs. */
  putBackupJob(id: string, job: BackupJob): void;
  /** Goes down as a host that loses power: running tasks stay unfinished, and everything is kept. */
  close(): Promise<void>;
}

/** @throws Error when the port is taken. */
export async function startProxmoxSimulator(options: ProxmoxSimulatorOptions): Promise<ProxmoxSimulator> {
  const { host, port, state, faults } = options;
  const { certificate, privateKey } = await loadCertificate(state, host);
  const fingerprint = fingerprintOf(certificate);
  const tls = { cert: certificate, key: privateKey };
  const allTokens = [DEFAULT_TOKEN, ...(options.tokens ?? [])];
  const tokens = new Tokens(state, allTokens);
  const cluster = createCluster(options, fingerprint);
  const endpoints = [
    ...clusterEndpoints(cluster),
    ...nodeEndpoints(cluster),
    ...storageEndpoints(cluster),
    allocateEndpoint(cluster),
    uploadEndpoint(cluster),
    downloadEndpoint(cluster),
    ...taskEndpoints(cluster),
    ...vmEndpoints(cluster),
    ...vmFirewallEndpoints(cluster),
    ...vmMigrateEndpoints(cluster),
    ...vzdumpEndpoints(cluster),
    ...backupJobEndpoints(cluster),
    ...datacenterEndpoints(cluster),
    ...haResourceEndpoints(cluster),
    ...haRuleEndpoints(cluster),
    ...haStatusEndpoints(cluster),
  ];
  const servers: HostServer[] = [];
  for (const { name } of cluster.inventory.hosts.slice(0, options.addresses ?? 1)) {
    const listener = createApplication({ cluster, tokens, faults, endpoints, via: name });
    const common = { name, host, tls, nodeStates: cluster.nodeStates, listener };
    // Only the first port was asked for: another one is as good for the others when theirs is taken.
    servers.push(
      await (servers.length === 0
        ? startHostServer({ ...common, port })
        : startFurtherHostServer({ ...common, port: port === 0 ? 0 : port + servers.length }, state)),
    );
  }
  const urls = servers.map(({ url }) => url);
  powerOnAgain(cluster);
  return {
    url: urls[0] ?? '',
    urls,
    fingerprint,
    certificate,
    token: tokens.credential(DEFAULT_TOKEN.id),
    tokens: Object.fromEntries(allTokens.map(({ id }) => [id, tokens.credential(id)])),
    inspect: () => inspectWorld(cluster.world),
    machineHalted: (vmid) => powerOff(cluster, vmid),
    change: (change) => changeWorld(cluster, change),
    powerOff: (vmid) => {
      powerOff(cluster, vmid);
      cluster.ha.nudge();
    },
    setFirewall: (firewallEnabled) => cluster.datacenter.change({ firewallEnabled }),
    setCrs: (crs) => cluster.datacenter.change({ crs }),
    putBackupJob: (id, job) => {
      const { backupJobs } = cluster.datacenter.record;
      cluster.datacenter.change({ backupJobs: { ...backupJobs, [id]: job } });
    },
    close: async () => {
      cluster.broadcast.stop();
      const idle = cluster.ha.stop();
      await cluster.tasks.crash();
      await idle;
      cluster.world.freeze();
      cluster.datacenter.freeze();
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

function createCluster(options: ProxmoxSimulatorOptions, fingerprint: string): Cluster {
  const { state, machines, latency } = options;
  const inventory = options.inventory ?? DEFAULT_INVENTORY;
  const timing = { ...timingOf(latency), ...options.timing };
  const world = new World(state, inventory);
  const locks = new Locks();
  const contents = new VolumeContents(state);
  contents.removeAllBut(new Set(world.volumes.keys()));
  for (const { id, bytes } of inventoryFiles(world, contents)) contents.put(id, bytes);
  const ha = new HaManager(timing.haIntervalMs);
  const cluster: Cluster = {
    inventory,
    world,
    datacenter: new Datacenter(state),
    locks,
    contents,
    machines,
    latency,
    timing,
    fingerprint,
    tasks: new Tasks(world),
    storages: new Storages({ world, inventory, contents, machines, locks, latency, timing }),
    broadcast: new Broadcast(world, timing.statusIntervalMs),
    nodeStates: new NodeStates(),
    ha,
    bootedAt: Math.floor(Date.now() / 1_000),
  };
  ha.attach(cluster);
  return cluster;
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
