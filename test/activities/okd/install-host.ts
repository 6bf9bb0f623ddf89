/** An install host that answers over SSH from a folder, and the activities that read it. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { createOkdActivities } from '../../../activities/okd/activities.js';
import type { Store } from '../../../store/store.js';
import { renewIgnitionStep } from '../../../platforms/okd/install-steps.js';
import { installPaths } from '../../../platforms/okd/install-files.js';
import { anOkdCluster } from '../../platforms/okd/clusters.js';
import { aReservation, aStore } from '../../store/store-builder.js';
import { aServer, USER_KEYS, type Received, type Reply } from '../ssh/ssh-server.js';

export const CLUSTER = 'okd-production';
export const PATHS = installPaths(CLUSTER);
export const MADE = Date.parse('2026-01-01T00:00:00.000Z');
export const UID = 'uid-1';
const HOUR_MS = 3_600_000;

const KUBECONFIG = `apiVersion: v1
kind: Config
clusters: [{name: okd, cluster: {server: 'https://api.okd-production.lab.internal:6443', certificate-authority-data: Y2E=}}]
users: [{name: admin, user: {client-certificate-data: YQ==, client-key-data: Yg==}}]
contexts: [{name: admin, context: {cluster: okd, user: admin}}]
current-context: admin
`;

export class InstallHost {
  readonly files = new Map<string, string>();
  /** Scripts that were run as root. */
  readonly scripts: string[] = [];
  onScript: (script: string) => Reply = () => ({});
  now = MADE;
  readonly store: Store;
  private port = 0;

  private constructor(store: Store) {
    this.store = store;
  }

  static async start(): Promise<InstallHost> {
    const store = await aStore();
    await store.machines.reserve(aReservation(['host', 'm-1', 'm-2']));
    await store.secrets.put(UID, 'ssh-private-key', USER_KEYS.private);
    const host = new InstallHost(store);
    host.make(MADE);
    host.port = (await aServer((received) => host.answer(received))).port;
    return host;
  }

  /** As the install programme leaves them. */
  make(at: number): void {
    const document = JSON.stringify({ ignition: { version: '3.2.0' }, madeAt: at });
    for (const name of ['bootstrap.ign', 'master.ign', 'worker.ign'] as const)
      this.files.set(PATHS.ignition(name), document);
    this.files.set(PATHS.kubeconfig, KUBECONFIG);
    this.files.set(PATHS.record, `${at / 1_000} ${'a'.repeat(64)}\n`);
  }

  later(hours: number): void {
    this.now += hours * HOUR_MS;
  }

  activities() {
    const { store, port } = this;
    const now = () => new Date(this.now);
    return createOkdActivities({ store, proxyUrl: null, port, pullSecrets: new Map(), now });
  }

  target(machineUuid = 'host') {
    return { clusterUid: UID, machineUuid, address: '127.0.0.1', user: 'clusterwright' };
  }

  fetch() {
    return run(this.activities().fetchIgnition, {
      ...this.target(),
      cluster: CLUSTER,
      apiAddress: '10.1.107.9',
      apiName: 'api.okd-production.lab.internal',
      nodes: ['m-1', 'm-2'],
      renewal: renewIgnitionStep({ definition: anOkdCluster() }),
    });
  }

  private answer({ command, stdin }: Received): Reply {
    const path = /^sudo -n cat '(.+)'$/.exec(command)?.[1];
    if (path !== undefined) {
      const text = this.files.get(path);
      return text === undefined ? { code: 1, stderr: 'No such file or directory' } : { stdout: text };
    }
    this.scripts.push(stdin);
    return this.onScript(stdin);
  }
}

export function run<A, R>(activity: (request: A) => Promise<R>, request: A): Promise<R> {
  const environment = new MockActivityEnvironment({}, { logger: new DefaultLogger('ERROR') });
  return environment.run(activity, request) as Promise<R>;
}
