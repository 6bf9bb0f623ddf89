/** Activities on a target with a ledger of their own, a way to run them as a worker does, and an independent look. */
import { randomUUID } from 'node:crypto';
import { createProxmoxActivities, type ProxmoxActivities } from '../../../activities/proxmox/activities.js';
import type { ProxmoxDependencies } from '../../../activities/proxmox/dependencies.js';
import { createProxmoxClient, type ProxmoxClient } from '../../../activities/proxmox/client.js';
import type { UploadSeedRequest } from '../../../activities/proxmox/upload-seed.js';
import { ClusterwrightError } from '../../../domain/errors.js';
import { macOf, type MachineIdentity } from '../../../domain/machine.js';
import { PLAIN_MACHINE } from '../../builders/machine.js';
import type { PlannedMachine } from '../../../domain/plan.js';
import type { BootTokens } from '../../../store/boot-port.js';
import type { MachineLedger, Store } from '../../../store/store.js';
import { anEnvironment } from '../../activities/proxmox/environment.js';
import { aStore } from '../../store/store-builder.js';
import type { ContractTarget } from './target.js';

export interface Workshop {
  readonly activities: ProxmoxActivities;
  /** A second worker's activities, on the same ledger. */
  readonly others: ProxmoxActivities;
  /** A worker's that is set up in another way. */
  readonly activitiesWith: (change: Partial<ProxmoxDependencies>) => ProxmoxActivities;
  readonly client: ProxmoxClient;
  readonly ledger: MachineLedger;
  readonly store: Store;
  readonly boots: BootTokens;
  readonly clusterUid: string;
  readonly cluster: string;
  /** Reserves a VMID and returns what the workflows would call the activities with. */
  machine(change?: Partial<PlannedMachine>): Promise<ReservedMachine>;
  /** Removes all machines of the workshop, whatever state they are in. */
  close(): Promise<void>;
}

export interface ReservedMachine {
  readonly identity: MachineIdentity;
  readonly machine: PlannedMachine;
  readonly seed: UploadSeedRequest;
}

const MOST_ATTEMPTS = 8;
/** Nothing listens there: it is only written down. */
export const BOOT_URL = 'http://10.1.107.2:8082';

/** One attempt, in a context of its own. */
export async function attempt<T>(activity: () => Promise<T>): Promise<T> {
  return anEnvironment().run(activity);
}

/** As a worker does: what may pass by itself is tried again. */
export async function perform<T>(activity: () => Promise<T>): Promise<T> {
  for (let attempts = 1; ; attempts += 1) {
    try {
      return await attempt(activity);
    } catch (error) {
      const isFinal = !(error instanceof ClusterwrightError) || error.kind.retry === 'never';
      if (isFinal || attempts === MOST_ATTEMPTS) throw error;
    }
  }
}

/** @param kept the ledger of an earlier workshop; a new one by default. */
export async function aWorkshop(target: ContractTarget, kept?: MachineLedger): Promise<Workshop> {
  const { url, token, trust, vmids, isoStorage } = target;
  const client = createProxmoxClient({ endpoints: [{ url, trust }], token });
  const store = await aStore({ quarantineSeconds: 0 });
  const ledger = kept ?? store.machines;
  const { images, boots, orphans, permits: limiter } = store;
  const create = (change: Partial<ProxmoxDependencies> = {}) =>
    createProxmoxActivities({
      ...{ client, ledger, images, boots, limiter, vmidRange: vmids, isoStorage, importStorage: isoStorage },
      ...{ bootUrl: BOOT_URL, secrets: store.secrets, orphans, orphanGraceMinutes: 60 },
      ...change,
    });
  const activities = create();
  const clusterUid = randomUUID();
  const cluster = `contract-${clusterUid.slice(0, 8)}`;
  const reserved: MachineIdentity[] = [];
  return {
    activities,
    others: create(),
    activitiesWith: create,
    client,
    ledger,
    store,
    boots,
    clusterUid,
    cluster,
    async machine(change = {}) {
      const name = change.name ?? `${cluster}-server-${reserved.length + 1}`;
      const machine = aPlannedMachine(target, { name, ...change });
      const uuid = randomUUID();
      const request = { uuid, name, host: machine.host };
      const [row] = await ledger.reserve({
        clusterUid,
        cluster,
        range: vmids,
        avoid: [],
        machines: [request],
      });
      const identity = { clusterUid, cluster, name, uuid, vmid: row?.vmid ?? 0, mac: macOf(uuid) };
      reserved.push(identity);
      return { identity, machine, seed: aSeed(identity, machine) };
    },
    async close() {
      for (const identity of reserved) await perform(() => activities.removeVm({ identity }));
      await client.close();
    },
  };
}

function aPlannedMachine(
  { template, isoStorage }: ContractTarget,
  change: Partial<PlannedMachine>,
): PlannedMachine {
  return {
    name: 'server-1',
    group: 'server',
    role: 'CONTROL_PLANE',
    ordinal: 1,
    host: template.host,
    ...PLAIN_MACHINE,
    source: { ...template, kind: 'clone', fullClone: true },
    storage: template.storage,
    isoStorage,
    cores: 3,
    memoryMiB: 3_072,
    diskGiB: template.diskGiB,
    cpuType: 'x86-64-v2-AES',
    network: {
      bridge: 'vmbr0',
      vlan: 107,
      address: '10.1.107.100',
      prefixLength: 24,
      gateway: '10.1.107.1',
      nameservers: ['10.1.107.1'],
      domain: 'cluster.internal',
      mtu: null,
    },
    tags: ['edge'],
    labels: {},
    taints: [],
    metadata: { purpose: 'contract' },
    ...change,
  };
}

function aSeed(identity: MachineIdentity, machine: PlannedMachine): UploadSeedRequest {
  return {
    identity,
    machine,
    address: machine.network.address,
    user: 'ubuntu',
    sshAuthorizedKeys: ['ssh-ed25519 AAAA contract'],
    packages: ['curl'],
    runCmd: ['true'],
    environment: { STAGE: 'contract' },
  };
}
