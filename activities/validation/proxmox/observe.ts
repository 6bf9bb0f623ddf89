/** Asks Proxmox VE for the facts of all machines: three calls for what the cluster knows, one for each VM and host beyond. */
import { ownershipObjections, macOf, type MachineIdentity } from '../../../domain/machine.js';
import type { SeenFacts } from '../../../domain/validation/facts.js';
import type {
  HostFact,
  ProxmoxFacts,
  StorageFact,
  VmConfigFact,
  VmFact,
} from '../../../domain/validation/facts/proxmox.js';
import { unseen, type OfMachine } from '../../../domain/validation/verdict.js';
import type { MachineLedger, MachineRecord } from '../../../store/store.js';
import { storageName, type ProxmoxClient } from '../../proxmox/client.js';
import { drivesOf } from '../../proxmox/drives.js';
import { observedVm } from '../../proxmox/locate.js';
import { parseProperties } from '../../proxmox/property-string.js';
import type { NodeRecord, VmConfig, VmResource } from '../../proxmox/records.js';
import { lookedAt } from '../looked-at.js';
import { mapLimited } from '../map-limited.js';
import { backupJobs } from './backup-jobs.js';
import { neededFacts, type ObserveRequest } from '../observe-request.js';

export interface ProxmoxObserver {
  readonly client: ProxmoxClient;
  readonly ledger: Pick<MachineLedger, 'ofCluster'>;
}

/** A token that may see nothing of a host is told neither of these. */
const NOT_TOLD = null;
const MOST_AT_ONCE = 8;

export async function observeProxmox(
  { client, ledger }: ProxmoxObserver,
  request: ObserveRequest,
  signal: AbortSignal,
): Promise<SeenFacts> {
  const needed = neededFacts(request);
  const rows = new Map((await ledger.ofCluster(request.clusterUid)).map((row) => [row.name, row]));
  const [status, guests, nodes] = await Promise.all([
    lookedAt(signal, () => client.clusterStatus(signal)),
    lookedAt(signal, () => client.vms(signal)),
    lookedAt(signal, () => client.nodes(signal)),
  ]);
  const placed = placedMachines(request, rows, guests.kind === 'seen' ? guests.value : []);
  const hostNames = [...new Set(placed.flatMap(({ resource }) => resource?.node ?? []))].toSorted();
  const online = new Set(
    nodes.kind === 'seen' ? nodes.value.filter(isOnline).map(({ node }) => node) : hostNames,
  );

  const needsConfigs = needed.has('vmConfigs') || needed.has('storages');
  const configs = needsConfigs
    ? await mapLimited(placed, MOST_AT_ONCE, (one) => vmConfig({ client, online, signal }, one))
    : [];
  return {
    proxmoxQuorum: status.kind === 'unseen' ? status : { kind: 'seen', value: quorumOf(status.value) },
    hosts:
      nodes.kind === 'unseen'
        ? nodes
        : { kind: 'seen', value: nodes.value.filter(({ node }) => hostNames.includes(node)).map(hostFact) },
    vms:
      guests.kind === 'unseen' ? guests : { kind: 'seen', value: placed.map((one) => vmFact(one, online)) },
    ...(needsConfigs
      ? { vmConfigs: guests.kind === 'unseen' ? guests : { kind: 'seen', value: configs } }
      : {}),
    ...(needed.has('backupJobs')
      ? {
          backupJobs:
            guests.kind === 'unseen'
              ? guests
              : await lookedAt(signal, () => backupJobs(client, placed, signal)),
        }
      : {}),
    ...(needed.has('storages')
      ? { storages: await lookedAt(signal, () => storageFacts({ client, online, signal }, placed, configs)) }
      : {}),
  };
}

interface PlacedMachine {
  readonly name: string;
  readonly row: MachineRecord | undefined;
  readonly resource: VmResource | undefined;
}

interface Look {
  readonly client: ProxmoxClient;
  readonly online: ReadonlySet<string>;
  readonly signal: AbortSignal;
}

function placedMachines(
  { machines }: ObserveRequest,
  rows: ReadonlyMap<string, MachineRecord>,
  guests: readonly VmResource[],
): PlacedMachine[] {
  const byVmid = new Map(guests.filter(({ type }) => type === 'qemu').map((guest) => [guest.vmid, guest]));
  return machines.map(({ name }) => {
    const row = rows.get(name);
    return { name, row, resource: row && byVmid.get(row.vmid) };
  });
}

function quorumOf(
  status: Awaited<ReturnType<ProxmoxClient['clusterStatus']>>,
): ProxmoxFacts['proxmoxQuorum'] {
  const cluster = status.find(({ type }) => type === 'cluster');
  // A host that stands alone needs nobody.
  return {
    cluster: cluster?.name ?? 'a single host',
    quorate: cluster === undefined || cluster.quorate === 1,
  };
}

function hostFact({ node, status, cpu, mem, maxmem }: NodeRecord): HostFact {
  return {
    name: node,
    online: isOnline({ status }),
    cpuShare: cpu ?? NOT_TOLD,
    memoryShare: mem === undefined || maxmem === undefined || maxmem === 0 ? NOT_TOLD : mem / maxmem,
  };
}

function vmFact({ name, row, resource }: PlacedMachine, online: ReadonlySet<string>): VmFact {
  return {
    machine: name,
    vmid: row?.vmid ?? null,
    state: resource === undefined ? 'absent' : stateOf(resource, online),
    host: resource?.node ?? null,
    cpuShare: resource?.cpu ?? null,
  };
}

/** Of the guests of a host that is away the cluster only remembers what they were. */
function stateOf({ status, node }: VmResource, online: ReadonlySet<string>): VmFact['state'] {
  if (!online.has(node)) return 'unknown';
  return status === 'running' || status === 'stopped' ? status : 'unknown';
}

async function vmConfig(
  { client, online, signal }: Look,
  { name, row, resource }: PlacedMachine,
): Promise<OfMachine<VmConfigFact>> {
  if (row === undefined || resource === undefined)
    return { machine: name, seen: unseen('it has no VM that is seen') };
  const { vmid, node: host } = resource;
  if (!online.has(host)) return { machine: name, seen: unseen(`its host ${host} is offline`) };
  const found = await lookedAt(signal, () => client.vmConfig({ host, vmid }, signal));
  return {
    machine: name,
    seen: found.kind === 'unseen' ? found : { kind: 'seen', value: configFact(found.value, row) },
  };
}

function configFact(config: VmConfig, row: MachineRecord): VmConfigFact {
  const { clusterUid, cluster, name, uuid, vmid } = row;
  const identity: MachineIdentity = { clusterUid, cluster, name, uuid, vmid, mac: macOf(uuid) };
  const device = parseProperties(String(config['net0'] ?? ''), 'model');
  const number = (key: string): number | null => {
    const value = device.get(key);
    return value === undefined ? null : Number(value);
  };
  const memory = parseProperties(String(config['memory'] ?? '512'), 'current').get('current');
  return {
    objections: ownershipObjections(observedVm(vmid, config), identity),
    cores: Number(config['cores'] ?? 1) * Number(config['sockets'] ?? 1),
    memoryMiB: Number(memory),
    bridge: device.get('bridge') ?? null,
    vlan: number('tag'),
    mtu: number('mtu'),
    startsWithHost: Number(config['onboot'] ?? 0) === 1,
    lock: config.lock ?? null,
    storages: [
      ...new Set(
        drivesOf(config)
          .filter(({ isCdrom, volume }) => !isCdrom && volume.includes(':'))
          .map(({ volume }) => storageName(volume)),
      ),
    ],
  };
}

/** Those that its disks are on, as the hosts of its machines see them. A shared one is listed once. */
async function storageFacts(
  { client, online, signal }: Look,
  placed: readonly PlacedMachine[],
  configs: readonly OfMachine<VmConfigFact>[],
): Promise<StorageFact[]> {
  const used = new Map<string, Set<string>>();
  placed.forEach(({ resource }, index) => {
    const config = configs[index]?.seen;
    if (resource === undefined || config?.kind !== 'seen' || !online.has(resource.node)) return;
    const names = used.get(resource.node) ?? new Set();
    for (const name of config.value.storages) names.add(name);
    used.set(resource.node, names);
  });
  const shared = new Set<string>();
  const lists = await mapLimited([...used], MOST_AT_ONCE, async ([host, names]) => {
    const storages = await client.storages(host, signal);
    return storages.filter(({ storage }) => names.has(storage)).map((storage) => ({ host, ...storage }));
  });
  return lists.flat().flatMap(({ host, storage: name, shared: isShared, avail, total }) => {
    if (isShared === 1 && shared.has(name)) return [];
    shared.add(name);
    const usedShare = avail === undefined || total === undefined || total === 0 ? null : 1 - avail / total;
    return [{ name, host, usedShare }];
  });
}

function isOnline({ status }: Pick<NodeRecord, 'status'>): boolean {
  return status === 'online';
}
