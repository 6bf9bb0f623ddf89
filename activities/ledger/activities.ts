/** What the workflows ask of the store: reservations, the inventory of what is ours, and what others may read. */
import { fail } from '../../domain/errors.js';
import { macOf, type MachineIdentity } from '../../domain/machine.js';
import { addressPool } from '../../domain/network/address-pool.js';
import type { VmidRange } from '../../domain/plan.js';
import type { StepRecord } from '../../domain/step-record.js';
import type { ClusterRecord, ObservedCapacity, Store } from '../../store/store.js';
import { addressRecords } from './address-records.js';
import { imageRecords } from './image-records.js';
import { machineRecords } from './machine-records.js';
import { orphanRecords } from './orphan-records.js';

export interface LedgerDependencies {
  readonly store: Store;
  readonly vmidRange: VmidRange;
  readonly isoStorage: string;
  readonly k3sInstallUrl: string;
  /** How long a downloaded image is kept after its last use. */
  readonly imageKeepDays: number;
}

export interface ReservedMachine {
  readonly name: string;
  readonly uuid: string;
  readonly vmid: number;
  readonly address: string;
}

export type LedgerActivities = ReturnType<typeof createLedgerActivities>;

export function createLedgerActivities({
  store,
  vmidRange,
  isoStorage,
  k3sInstallUrl,
  imageKeepDays,
}: LedgerDependencies) {
  return {
    ...imageRecords(store, imageKeepDays),
    ...addressRecords(store),
    ...orphanRecords(store),
    ...machineRecords(store),

    /** Settings of the service that a run depends on: read once, so that its history holds what it worked with. */
    async readSettings() {
      return { vmidRange, isoStorage, k3sInstallUrl };
    },

    /**
     * Takes a VMID and an address for each machine, all or none; asking again returns the same.
     * @throws `VMIDS_EXHAUSTED`, `ADDRESSES_EXHAUSTED`, `PLACEMENT_OUTDATED`
     */
    async reserveMachines(request: {
      readonly clusterUid: string;
      readonly cluster: string;
      readonly network: { readonly cidr: string; readonly ipRange: string };
      readonly machines: readonly {
        readonly name: string;
        readonly host: string;
        readonly uuid: string;
        readonly address: string;
        readonly memoryMiB?: number;
      }[];
      /** VMIDs that others use. */
      readonly avoid: readonly number[];
      /** What was free when the hosts were chosen. */
      readonly capacity?: ObservedCapacity;
    }): Promise<ReservedMachine[]> {
      const { clusterUid, cluster, network, machines, avoid, capacity } = request;
      const rows = await store.machines.reserve({
        clusterUid,
        cluster,
        range: vmidRange,
        avoid,
        machines,
        ...(capacity === undefined ? {} : { capacity }),
      });
      const leases = await store.addresses.lease({
        clusterUid,
        cluster,
        candidates: addressPool(network.ipRange, network.cidr).addresses,
        machines: machines.map(({ name, address }) => ({ name, wanted: address })),
      });
      const addressByName = new Map(leases.map(({ machine, address }) => [machine, address]));
      return rows.map(({ name, uuid, vmid }) => {
        const address = addressByName.get(name);
        if (address === undefined) throw fail('INTERNAL', `no address was leased for ${name}`);
        return { name, uuid, vmid, address };
      });
    },

    /** Identities of all machines of the cluster that are not proved to be gone. */
    async listMachines(request: { readonly clusterUid: string }): Promise<MachineIdentity[]> {
      const rows = await store.machines.ofCluster(request.clusterUid);
      return rows.map(({ clusterUid, cluster, name, uuid, vmid }) => {
        return { clusterUid, cluster, name, uuid, vmid, mac: macOf(uuid) };
      });
    },

    /**
     * Gives back addresses and secrets.
     * @throws `RESIDUE_LEFT` while the ledger holds a machine: its address may still be answered on.
     */
    async releaseCluster(request: { readonly clusterUid: string }): Promise<void> {
      const machines = await store.machines.ofCluster(request.clusterUid);
      if (machines.length > 0) {
        const names = machines.map(({ name, vmid }) => `${name} (VM ${vmid})`).join(', ');
        throw fail('RESIDUE_LEFT', `the ledger still holds ${names}`);
      }
      const records = await store.dns.ofCluster(request.clusterUid);
      if (records.length > 0) {
        const names = [...new Set(records.map(({ name }) => name))].join(', ');
        throw fail('RESIDUE_LEFT', `DNS records are left: ${names}`);
      }
      for (const { machine } of await store.addresses.ofCluster(request.clusterUid)) {
        await store.addresses.release(request.clusterUid, machine);
      }
      await store.secrets.removeCluster(request.clusterUid);
      await store.boots.disarmCluster(request.clusterUid);
    },

    async recordCluster(record: ClusterRecord): Promise<void> {
      await store.clusters.put(record);
    },

    /** @param request `from` is the position of the first step among all of the operation. */
    async keepSteps(request: {
      readonly clusterUid: string;
      readonly workflowId: string;
      readonly from: number;
      readonly steps: readonly StepRecord[];
    }): Promise<void> {
      const { from, steps, ...run } = request;
      await store.operationSteps.keep(run, from, steps);
    },

    async finishOperation(request: {
      readonly id: string;
      readonly outcome: 'succeeded' | 'failed' | 'cancelled';
      readonly detail: string | null;
    }): Promise<void> {
      await store.operations.finish(request.id, request.outcome, request.detail);
    },
  };
}
