/** What Proxmox VE says of the VMs of a cluster: three or four calls for all, and two for each that is not known to be well. */
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { VmSight, VmSights } from '../../domain/health/sight.js';
import { macOf, ownershipObjections } from '../../domain/machine.js';
import type { MachineLedger, MachineRecord } from '../../store/store.js';
import type { ProxmoxClient } from '../proxmox/client.js';
import type { HaStatusRecord } from '../proxmox/ha-records.js';
import { observedVm } from '../proxmox/locate.js';
import type { VmResource, VmStatus } from '../proxmox/records.js';
import { lookedAt } from '../validation/looked-at.js';
import { mapLimited } from '../validation/map-limited.js';

export interface LookAtVmsRequest {
  readonly clusterUid: string;
  readonly machines: readonly string[];
  /** Those that are looked at closely. */
  readonly suspects: readonly string[];
}

export interface VmLooker {
  readonly client: ProxmoxClient;
  readonly ledger: Pick<MachineLedger, 'ofCluster'>;
}

/** A host that hangs must not keep the others from being seen. */
const CALL_MS = 8_000;
const MOST_AT_ONCE = 8;

interface Seen {
  readonly client: ProxmoxClient;
  readonly guests: readonly VmResource[];
  readonly hosts: ReadonlyMap<string, string>;
  readonly ha: readonly HaStatusRecord[] | null;
  readonly patience: () => AbortSignal;
  readonly signal: AbortSignal;
  readonly unseen: string[];
}

export async function lookAtVms(
  { client, ledger }: VmLooker,
  { clusterUid, machines, suspects }: LookAtVmsRequest,
  signal: AbortSignal,
): Promise<VmSights> {
  const patience = (): AbortSignal => AbortSignal.any([signal, AbortSignal.timeout(CALL_MS)]);
  const rows = new Map((await ledger.ofCluster(clusterUid)).map((row) => [row.name, row]));
  const [status, guests, nodes, ha] = await Promise.all([
    lookedAt(signal, () => client.clusterStatus(patience())),
    lookedAt(signal, () => client.vms(patience())),
    lookedAt(signal, () => client.nodes(patience())),
    lookedAt(signal, () => client.haStatus(patience())),
  ]);
  if (status.kind === 'unseen' || guests.kind === 'unseen' || nodes.kind === 'unseen') {
    const reasons = [status, guests, nodes].flatMap((one) => (one.kind === 'unseen' ? one.reason : []));
    return {
      quorum: 'unknown',
      machines: {},
      unseen: [...new Set(reasons)].map((why) => `Proxmox VE: ${why}`),
    };
  }
  const cluster = status.value.find(({ type }) => type === 'cluster');
  const seen: Seen = {
    ...{ client, patience, signal, unseen: [] },
    guests: guests.value,
    hosts: new Map(nodes.value.map(({ node, status: state }) => [node, state])),
    // It needs a right that all else does without.
    ha: ha.kind === 'seen' ? ha.value : null,
  };
  const sights = await mapLimited(machines, MOST_AT_ONCE, async (name) => {
    const sight = await vmSight(seen, rows.get(name), suspects.includes(name));
    return [name, sight] as const;
  });
  // A host that stands alone needs nobody.
  const quorum = cluster === undefined || cluster.quorate === 1 ? 'yes' : 'no';
  return { quorum, machines: Object.fromEntries(sights), unseen: seen.unseen };
}

const UNKNOWN: VmSight = { host: null, hostState: 'unknown', vm: 'unknown', lock: null, ha: 'unknown' };

async function vmSight(seen: Seen, row: MachineRecord | undefined, isSuspect: boolean): Promise<VmSight> {
  if (row === undefined) return UNKNOWN;
  const resource = seen.guests.find(({ vmid, type }) => vmid === row.vmid && type === 'qemu');
  if (resource === undefined) return { ...UNKNOWN, vm: await absence(seen, row) };
  const { node: host } = resource;
  const state = seen.hosts.get(host);
  const hostState = state === 'online' || state === 'offline' ? state : 'unknown';
  const ha = managed(seen.ha, row.vmid);
  // Of the guests of a host that is away the cluster only remembers what they were.
  if (hostState !== 'online') return { host, hostState, vm: 'unknown', lock: null, ha };
  if (!isSuspect && resource.status === 'running') return { host, hostState, vm: 'running', lock: null, ha };
  return closely(seen, row, { host, hostState, vm: 'unknown', lock: null, ha });
}

/** As it is now: the list of the cluster's guests is up to ten seconds old. */
async function closely(seen: Seen, row: MachineRecord, sight: VmSight): Promise<VmSight> {
  const { client, patience, signal } = seen;
  const address = { host: sight.host ?? row.host, vmid: row.vmid };
  const found = await lookedAt(signal, async () => {
    const config = await client.vmConfig(address, patience());
    const { clusterUid, cluster, name, uuid, vmid } = row;
    const identity = { clusterUid, cluster, name, uuid, vmid, mac: macOf(uuid) };
    const objections = ownershipObjections(observedVm(vmid, config), identity);
    if (objections.length > 0) throw fail('IDENTITY_MISMATCH', objections.join('; '));
    return { config, status: await client.vmStatus(address, patience()) };
  });
  if (found.kind === 'unseen') {
    seen.unseen.push(`VM ${row.vmid} of ${row.name}: ${found.reason}`);
    return sight;
  }
  const { config, status } = found.value;
  return { ...sight, vm: status.status, lock: config.lock ?? null, ha: haOf(status, sight.ha) };
}

/** A guest that the token may not see is on no list, and is there all the same. */
async function absence(
  { client, patience, signal, unseen }: Seen,
  row: MachineRecord,
): Promise<VmSight['vm']> {
  const free = await lookedAt(signal, async () => {
    try {
      await client.assertVmidFree(row.vmid, patience());
      return true;
    } catch (error) {
      if (error instanceof ClusterwrightError && error.code === 'VMID_TAKEN') return false;
      throw error;
    }
  });
  if (free.kind === 'seen' && free.value) return 'absent';
  const why = free.kind === 'seen' ? 'it belongs to a guest that the token may not see' : free.reason;
  unseen.push(`VM ${row.vmid} of ${row.name}: ${why}`);
  return 'unknown';
}

/** By the manager, which answers also while the VM's host is away. */
function managed(status: readonly HaStatusRecord[] | null, vmid: number): VmSight['ha'] {
  if (status === null) return 'unknown';
  const state = status.find(({ sid }) => sid === `vm:${vmid}`)?.state;
  switch (state) {
    case undefined:
    case 'ignored':
      return 'none';
    case 'started':
      return 'settled';
    case 'stopped':
    case 'disabled':
      return 'held';
    case 'error':
      return 'error';
    default:
      return 'working';
  }
}

/** By the VM itself, where the manager could not be asked. */
function haOf({ ha }: VmStatus, byManager: VmSight['ha']): VmSight['ha'] {
  if (ha?.managed !== 1 || ha.state === 'ignored') return 'none';
  if (byManager !== 'unknown' && byManager !== 'none') return byManager;
  return ha.state === 'stopped' || ha.state === 'disabled' ? 'held' : 'settled';
}
