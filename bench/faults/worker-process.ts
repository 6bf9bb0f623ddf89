/** What one worker process is to the activities: its connections and its store. It can die at any moment. */
import { getClient } from '@temporalio/activity';
import { ScheduleNotFoundError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { createLedgerActivities } from '../../activities/ledger/activities.js';
import { createPlanningActivities } from '../../activities/planning/plan-cluster.js';
import { createRemovalActivities } from '../../activities/removal/activities.js';
import { createProxmoxActivities } from '../../activities/proxmox/activities.js';
import { createProxmoxClient, type ProxmoxClient } from '../../activities/proxmox/client.js';
import type { ProxmoxSimulator } from '../../lab/proxmox/simulator.js';
import { openStore } from '../../store/open-store.js';
import type { Store } from '../../store/store.js';
import { guestActivities } from './guests.js';
import type { GuestFaults } from './guests.js';
import { Life, mortal } from './mortal.js';

export const VMIDS = { from: 20_000, to: 20_159 } as const;
export const QUARANTINE_SECONDS = 1;
export const SECRETS_KEY = Buffer.alloc(32, 5);
const BOOT_URL = 'http://10.1.107.2:8082';

type Activity = (args: unknown) => Promise<unknown>;

export interface ProcessOptions {
  readonly simulator: ProxmoxSimulator;
  readonly databasePath: string;
  readonly guestFaults: GuestFaults;
}

export function connectTo({ url, fingerprint, token }: ProxmoxSimulator): ProxmoxClient {
  return createProxmoxClient({
    endpoints: [{ url, trust: { kind: 'fingerprint', sha256: fingerprint } }],
    token,
    breaker: { failureThreshold: 5, resetTimeoutMs: 50 },
  });
}

export class WorkerProcess {
  private readonly life = new Life();
  private readonly client: ProxmoxClient;
  private readonly store: Store;
  private readonly activities: Readonly<Record<string, Activity>>;
  private readonly died: Promise<never>;
  private die: () => void = () => {};

  private constructor(client: ProxmoxClient, store: Store, guestFaults: GuestFaults) {
    this.client = client;
    this.store = store;
    this.died = new Promise((_resolve, reject) => {
      this.die = () => reject(ApplicationFailure.retryable('the worker died', 'WORKER_DIED'));
    });
    this.died.catch(() => {});
    this.activities = activitiesOn(mortal(client, this.life), mortal(store, this.life), guestFaults);
  }

  static async start({ simulator, databasePath, guestFaults }: ProcessOptions): Promise<WorkerProcess> {
    const store = await openStore({
      path: databasePath,
      secretsKey: SECRETS_KEY,
      quarantineSeconds: QUARANTINE_SECONDS,
      addressQuarantineSeconds: QUARANTINE_SECONDS,
    });
    return new WorkerProcess(connectTo(simulator), store, guestFaults);
  }

  async perform(name: string, args: unknown): Promise<unknown> {
    const activity = this.activities[name];
    if (activity === undefined) throw new Error(`there is no activity ${name}`);
    return Promise.race([activity(args), this.died]);
  }

  /**
   * Whatever runs gets no further than its next call of anything, and hears of no answer any more; what was sent may
   * have arrived. Whatever the process held in the store is free, as it is once others have missed it for a while.
   */
  async kill(): Promise<void> {
    this.life.end();
    this.die();
    await this.stop();
  }

  async stop(): Promise<void> {
    await this.client.close();
    await this.store.close();
  }
}

function activitiesOn(
  client: ProxmoxClient,
  store: Store,
  guestFaults: GuestFaults,
): Readonly<Record<string, Activity>> {
  const settings = {
    vmidRange: VMIDS,
    isoStorage: 'local',
    importStorage: 'local',
    k3sInstallUrl: 'https://get.lab.internal',
    rke2InstallUrl: 'https://get.lab.internal',
    kubernetesPackagesUrl: 'https://packages.lab.internal',
    kubeVipImage: 'registry.lab.internal/kube-vip:v0.9.2',
    bootUrl: BOOT_URL,
    serviceImage: null,
    machineStorage: null,
  };
  const { vmidRange, isoStorage, importStorage, k3sInstallUrl, bootUrl } = settings;
  const ledger = createLedgerActivities({ store, vmidRange, isoStorage, k3sInstallUrl, imageKeepDays: 14 });
  const { machines, images, boots, orphans, permits: limiter } = store;
  const proxmox = createProxmoxActivities({
    ...{ client, ledger: machines, images, boots, limiter, orphans, orphanGraceMinutes: 60 },
    ...{ vmidRange, isoStorage, importStorage, bootUrl, secrets: store.secrets },
  });
  const planning = createPlanningActivities({
    ...{ store, settings, datastores: new Map(), csiTokens: new Map(), dnsKeys: new Map() },
    ...ledger,
  });
  const removal = createRemovalActivities({ store, client: withoutSchedules });
  return {
    ...removal,
    ...ledger,
    ...planning,
    ...proxmox,
    ...guestActivities(store, guestFaults),
  } as unknown as Readonly<Record<string, Activity>>;
}

/** The time-skipping server knows no Schedules: nobody has any there. */
function withoutSchedules(): Client {
  const { workflow, connection } = getClient();
  const getHandle = (id: string) => {
    const missing = (): Promise<never> =>
      Promise.reject(new ScheduleNotFoundError('there is no such Schedule', id));
    return { describe: missing, delete: missing };
  };
  return { workflow, connection, schedule: { getHandle } } as unknown as Client;
}
