/** Machines of the lab, a store that knows them, and the activities that back them up through the lab's entrance. */
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createBackupActivities } from '../../../activities/backup/activities.js';
import type { BackupDependencies } from '../../../activities/backup/dependencies.js';
import { folderDestination } from '../../../activities/backup/destinations/folder.js';
import { openStream } from '../../../activities/backup/sealed-stream.js';
import { partContext, partKey, type BackupPartName } from '../../../domain/backup/manifest.js';
import type { ClusterDefinition } from '../../../domain/cluster-definition.js';
import { createLabKubernetes } from '../../../lab/kubernetes/lab-kubernetes.js';
import { startSocksServer } from '../../../lab/network/socks-server.js';
import type { Store } from '../../../store/store.js';
import { aDefinition, aNodeGroup } from '../../builders/definition.js';
import { aMachine, TestLab, USER, USER_KEY, type Login } from '../../lab/guest/lab.js';
import { aStore } from '../../store/store-builder.js';
import { NEVER } from './destination-contract.js';
import { all } from './streams.js';

export const BACKUP = { backupId: '0c0ffee0-0000-4000-8000-000000000001', clusterUid: 'uid-1' };
export const PLACE = { ...BACKUP, destination: 'folder' };
export const MASTER_KEY = Buffer.alloc(32, 7);
const VERSION = 'v1.32.0+k3s1';

/** Of three servers, at 10.1.107.101 to .103. */
export function aCluster(change: Partial<ClusterDefinition> = {}): ClusterDefinition {
  const group = aNodeGroup({ name: 'server', role: 'CONTROL_PLANE', count: 3 });
  const cloudInit = { ...group.template.cloudInit, user: USER };
  return aDefinition({
    name: 'edge',
    nodeGroups: [{ ...group, template: { ...group.template, cloudInit } }],
    ...change,
  });
}

export class BackupWorld {
  readonly lab: TestLab;
  readonly store: Store;
  readonly folder: string;
  readonly activities: ReturnType<typeof createBackupActivities>;
  readonly heartbeats: string[] = [];
  private readonly closeProxy: () => Promise<void>;

  private constructor(
    lab: TestLab,
    dependencies: BackupDependencies,
    folder: string,
    close: () => Promise<void>,
  ) {
    this.lab = lab;
    this.store = dependencies.store;
    this.folder = folder;
    this.activities = createBackupActivities(dependencies);
    this.closeProxy = close;
  }

  static async open(): Promise<BackupWorld> {
    const lab = new TestLab({ kubernetes: createLabKubernetes });
    const { network } = lab;
    const proxy = await startSocksServer({ host: '127.0.0.1', port: 0, network, unreachableAfterMs: 1 });
    const store = await aStore();
    const folder = mkdtempSync(join(tmpdir(), 'clusterwright-backups-'));
    const numbers = [1, 2, 3];
    await store.machines.reserve({
      ...{ clusterUid: 'uid-1', cluster: 'edge', range: { from: 101, to: 109 }, avoid: [] },
      machines: numbers.map((number) => ({
        uuid: uuidOf(number),
        name: `edge-server-${number}`,
        host: 'hv5',
      })),
    });
    await store.addresses.lease({
      ...{ clusterUid: 'uid-1', cluster: 'edge', candidates: numbers.map(addressOf) },
      machines: numbers.map((number) => ({ name: `edge-server-${number}`, wanted: addressOf(number) })),
    });
    await store.secrets.put('uid-1', 'ssh-private-key', USER_KEY.private);
    await store.secrets.put('uid-1', 'join-token', 'secret');
    await store.secrets.put('uid-1', 'kubeconfig', 'a kubeconfig');
    const dependencies: BackupDependencies = {
      ...{ store, proxyUrl: proxy.url, masterKey: MASTER_KEY, defaultDestination: 'folder' },
      destinations: new Map([['folder', { kind: 'folder', path: folder }]]),
      retention: { keepLast: 1, keepDaily: 0, keepWeekly: 0 },
    };
    return new BackupWorld(lab, dependencies, folder, () => proxy.close());
  }

  /** A server of K3s: the first one forms the cluster. */
  async server(number: number, config = 'cluster-init: true\n'): Promise<Login> {
    this.lab.guests.powerOn(aMachine(number));
    const login = await this.lab.login(addressOf(number));
    await login.run('cloud-init status --wait');
    await login.run(
      `curl -sfL https://get.k3s.io | sudo INSTALL_K3S_VERSION=${VERSION} INSTALL_K3S_EXEC=server INSTALL_K3S_SKIP_START=true sh -`,
    );
    await login.run(
      'sudo install -D -m 600 /dev/stdin /etc/rancher/k3s/config.yaml',
      `token: secret\n${config}`,
    );
    const { code, stderr } = await login.run('sudo systemctl start k3s');
    if (code !== 0) throw new Error(stderr);
    return login;
  }

  /** Runs an activity, and keeps what its heartbeats say. */
  run<A, R>(activity: (request: A) => Promise<R>, request: A): Promise<R> {
    const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
    environment.on('heartbeat', (details: unknown) => this.heartbeats.push(String(details)));
    return environment.run(activity, request) as Promise<R>;
  }

  /** The content of a part, as it lies in the folder. */
  async part(name: BackupPartName): Promise<Buffer> {
    const backup = { clusterUid: BACKUP.clusterUid, id: BACKUP.backupId };
    const object = await folderDestination(this.folder).get(partKey(backup, name), NEVER);
    if (object === undefined) throw new Error(`there is no ${name}`);
    return all(openStream(object, { masterKey: MASTER_KEY, context: partContext(backup, name) }));
  }

  /** Files at the destination, by their last names. */
  files(): string[] {
    const entries = readdirSync(this.folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile())
      .map(({ name }) => name)
      .toSorted();
  }

  async close(): Promise<void> {
    await this.closeProxy();
    await this.lab.close();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export const addressOf = (number: number): string => `10.1.107.10${number}`;
const uuidOf = (number: number): string => `00000000-0000-4000-8000-00000000000${number}`;
