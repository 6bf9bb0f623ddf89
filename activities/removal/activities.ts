/** What a decommission asks of the store and of the Temporal server, so that its end can be proved. */
import { getClient } from '@temporalio/activity';
import { ScheduleNotFoundError, type Client } from '@temporalio/client';
import { fail } from '../../domain/errors.js';
import { schedulesOf, workflowIds } from '../../domain/ids.js';
import type { Belongings } from '../../domain/removal/belongings.js';
import { certificateOf, type Removal, type RemovalProof } from '../../domain/removal/certificate.js';
import type { BegunRemoval } from '../../store/removal-port.js';
import type { Store } from '../../store/store.js';
import { removeSchedule } from '../orchestration/remove-schedule.js';

export type RemovalActivities = ReturnType<typeof createRemovalActivities>;

interface ClusterName {
  readonly clusterUid: string;
  readonly cluster: string;
}

/** Less than the activity may take. */
const DRILL_END_MS = 30_000;
/** More than anybody keeps of one cluster. */
const MOST_BACKUPS = 10_000;

/** Each activity can be repeated at any time. */
export function createRemovalActivities({
  store,
  client = getClient,
}: {
  readonly store: Store;
  /** Of the Temporal server; that of the activity's worker by default. */
  readonly client?: () => Client;
}) {
  return {
    /** Writes down what there is before it goes. What an earlier attempt wrote stands. */
    beginRemoval: async (name: ClusterName): Promise<BegunRemoval> => {
      await endDrill(client(), name.cluster);
      return store.removals.begin(name.clusterUid, await belongingsOf(store, client(), name));
    },

    /** Schedules that work for the cluster, and the policies behind them. */
    removeSchedules: async ({ cluster }: ClusterName): Promise<void> => {
      await store.backupPolicies.remove(cluster);
      await store.health.forget(cluster);
      for (const id of schedulesOf(cluster)) await removeSchedule(client(), id);
    },

    /** @throws `RESIDUE_LEFT` with all that the service still holds for the cluster. */
    proveReleased: (name: ClusterName): Promise<RemovalProof> => proveReleased(store, client(), name),

    /** Issues the certificate; the first one stands. @returns its hash. */
    recordRemoval: async (removal: Removal): Promise<{ readonly id: string; readonly sha256: string }> => {
      const { id, sha256 } = await store.removals.record(certificateOf(removal));
      return { id, sha256 };
    },
  };
}

/**
 * A drill of a backup takes its machine away when it is cancelled. One that takes its time over it is not waited for:
 * the machine is in the ledger, and goes with the others.
 */
async function endDrill(client: Client, cluster: string): Promise<void> {
  const drill = client.workflow.getHandle(workflowIds.drillBackup(cluster));
  try {
    await drill.cancel();
    await client.connection.withAbortSignal(AbortSignal.timeout(DRILL_END_MS), () => drill.result());
  } catch {
    // There is none, it ended as it was told to, or it goes on.
  }
}

async function belongingsOf(
  store: Store,
  client: Client,
  { clusterUid, cluster }: ClusterName,
): Promise<Belongings> {
  const [rows, leases, records, secrets, backups, schedules] = await Promise.all([
    store.machines.everOf(clusterUid),
    store.addresses.ofCluster(clusterUid),
    store.dns.ofCluster(clusterUid),
    store.secrets.names(clusterUid),
    store.backups.list({ clusterUid, state: 'complete', limit: MOST_BACKUPS }),
    standingSchedules(client, cluster),
  ]);
  const machines = await Promise.all(
    rows.map(async ({ name, uuid, vmid, host }) => {
      const volumes = (await store.machines.volumesOf(uuid)).map(({ volume }) => volume);
      return { name, uuid, vmid, host, volumes };
    }),
  );
  return {
    machines,
    addresses: leases.map(({ machine: holder, address }) => ({ holder, address })),
    dnsRecords: records.map(({ name, address, server }) => ({ name, address, server: server.address })),
    secrets,
    schedules,
    backups: backups.map(({ id, destination, startedAt: takenAt }) => ({ id, destination, takenAt })),
  };
}

async function proveReleased(
  store: Store,
  client: Client,
  { clusterUid, cluster }: ClusterName,
): Promise<RemovalProof> {
  const [machines, leases, records, secrets, schedules, armings] = await Promise.all([
    store.machines.ofCluster(clusterUid),
    store.addresses.ofCluster(clusterUid),
    store.dns.ofCluster(clusterUid),
    store.secrets.names(clusterUid),
    standingSchedules(client, cluster),
    armedMachines(store, clusterUid),
  ]);
  const left = [
    ...machines.map(({ name, vmid }) => `the ledger still holds ${name} (VM ${vmid})`),
    ...leases.map(({ machine, address }) => `${address} is still leased to ${machine}`),
    ...records.map(({ name, address }) => `the DNS record ${name} ${address}`),
    ...secrets.map((name) => `the secret "${name}"`),
    ...schedules.map((id) => `the Schedule ${id}`),
    ...armings.map((name) => `what ${name} could fetch at its boot`),
  ];
  if (left.length > 0) throw fail('RESIDUE_LEFT', left.join('; '));
  const seenAt = new Date().toISOString();
  const look = (at: string, how: string) => ({ at, how, seenAt });
  return {
    looks: [
      look('ledger', 'no machine of the cluster holds a VMID'),
      look('addresses', 'no address is leased to the cluster'),
      look('dns-records', 'no record of the cluster is known to stand in any server'),
      look('secrets', 'the store holds no secret of the cluster'),
      look('schedules', 'the Temporal server has no Schedule of the cluster'),
      look('boot-tokens', 'no machine of the cluster can fetch anything at a boot'),
    ],
    notSeen: [],
  };
}

async function armedMachines(store: Store, clusterUid: string): Promise<string[]> {
  const rows = await store.machines.everOf(clusterUid);
  const armed = await Promise.all(
    rows.map(async ({ uuid, name }) => ((await store.boots.get(uuid)) === undefined ? [] : [name])),
  );
  return armed.flat();
}

async function standingSchedules(client: Client, cluster: string): Promise<string[]> {
  const found = await Promise.all(
    schedulesOf(cluster).map(async (id) => {
      try {
        await client.schedule.getHandle(id).describe();
        return [id];
      } catch (error) {
        if (error instanceof ScheduleNotFoundError) return [];
        throw error;
      }
    }),
  );
  return found.flat();
}
