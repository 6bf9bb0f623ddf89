/** The service before a cluster of the deep lab that it backs up: a store that knows the machines, and a folder for backups. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createBackupActivities, type BackupActivities } from '../../activities/backup/activities.js';
import type { BackupDependencies } from '../../activities/backup/dependencies.js';
import { readPart } from '../../activities/backup/read-part.js';
import { snapshotKeys } from '../../activities/backup/snapshot-keys.js';
import { makeSecrets } from '../../activities/secrets/make-secrets.js';
import { createSshActivities, type SshActivities } from '../../activities/ssh/activities.js';
import type { BackupManifest } from '../../domain/backup/manifest.js';
import type { PlatformCluster, PlatformMachine } from '../../platforms/platform.js';
import { vanilla } from '../../platforms/vanilla/vanilla.js';
import { publicKubeconfig } from '../../schema/kubeconfig.js';
import { openStore } from '../../store/open-store.js';
import type { Store } from '../../store/store.js';
import { A_KEY } from '../store/store-builder.js';
import { uidOf } from './balanced-lab.js';
import { SSH_PORT, USER } from './bastion.js';
import { SERVER } from './pxe-lab.js';

export const CLUSTER_UID = uidOf('demo');
/** Which backup, and where it lies. */
export const BACKED_UP = {
  backupId: '0c0ffee0-0000-4000-8000-000000000001',
  clusterUid: CLUSTER_UID,
  destination: 'folder',
};

/** Its activities, as its worker has them. */
export class BackedUpService {
  readonly store: Store;
  readonly backups: BackupActivities;
  readonly ssh: SshActivities;
  readonly publicKey: string;
  private readonly dependencies: BackupDependencies;
  private readonly folder: string;

  private constructor(dependencies: BackupDependencies, folder: string, publicKey: string) {
    const { store, proxyUrl } = dependencies;
    this.store = store;
    this.dependencies = dependencies;
    this.folder = folder;
    this.publicKey = publicKey;
    this.backups = createBackupActivities(dependencies);
    this.ssh = createSshActivities({ store, proxyUrl, port: SSH_PORT });
  }

  /** @param cluster its machines are those of the control plane. */
  static async open(proxyUrl: string, cluster: PlatformCluster): Promise<BackedUpService> {
    const folder = mkdtempSync(join(tmpdir(), 'clusterwright-restore-'));
    const store = await openStore({ path: join(folder, 'store.db'), secretsKey: A_KEY });
    const whose = { clusterUid: CLUSTER_UID, cluster: 'demo' };
    const machines = cluster.nodes.map(({ name }) => ({ name, uuid: `uuid-of-${name}`, host: 'pve1' }));
    await store.machines.reserve({ ...whose, range: { from: 100, to: 109 }, avoid: [], machines });
    const wanted = cluster.nodes.map(({ name, address }) => ({ name, wanted: address }));
    const candidates = cluster.nodes.map(({ address }) => address);
    await store.addresses.lease({ ...whose, candidates, machines: wanted });
    await makeSecrets(store.secrets, CLUSTER_UID, vanilla.secrets(cluster.definition));
    const { publicKey } = await createSshActivities({ store, proxyUrl }).createSshKeys(whose);
    const dependencies: BackupDependencies = {
      ...{ store, proxyUrl, masterKey: A_KEY, defaultDestination: 'folder', sshPort: SSH_PORT },
      destinations: new Map([['folder', { kind: 'folder', path: folder }]]),
      retention: { keepLast: 1, keepDaily: 0, keepWeekly: 0 },
    };
    return new BackedUpService(dependencies, folder, publicKey);
  }

  run<A, R>(activity: (request: A) => Promise<R>, request: A): Promise<R> {
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    return environment.run(activity, request) as Promise<R>;
  }

  guestOf({ name, address }: PlatformMachine) {
    return { clusterUid: CLUSTER_UID, machineUuid: `uuid-of-${name}`, address, user: USER };
  }

  keepKubeconfig(kubeconfig: string): Promise<void> {
    const text = publicKubeconfig(kubeconfig, { cluster: 'demo', address: SERVER });
    return this.store.secrets.put(CLUSTER_UID, 'kubeconfig', text);
  }

  /** New machines have new ones. */
  async forgetHostKeys(): Promise<void> {
    for (const { uuid } of await this.store.machines.ofCluster(CLUSTER_UID))
      await this.store.machines.update(uuid, { sshHostKey: null });
  }

  keysOf(manifest: BackupManifest): Promise<Set<string>> {
    const { signal } = new AbortController();
    return snapshotKeys(() =>
      readPart(this.dependencies, { place: BACKED_UP, manifest, part: 'etcd-snapshot', signal }),
    );
  }

  /** @returns how many objects were looked for, and found. */
  async compared(machine: PlatformMachine): Promise<number> {
    const guest = this.guestOf(machine);
    const request = { place: BACKED_UP, type: 'VANILLA', guest, node: machine.name } as const;
    return (await this.run(this.backups.compareRestored, request)).objects;
  }

  async close(): Promise<void> {
    await this.store.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
