/** The K3s clusters of the lab, and the servers that answer for them. */
import { randomUUID } from 'node:crypto';
import type { LabKubernetes } from '../../kubernetes/lab-kubernetes.js';
import type { LabState } from '../../state.js';
import { K3sCluster, type ClusterRecord } from './cluster.js';

export interface K3sClustersOptions {
  readonly kubernetes: LabKubernetes;
  readonly state: LabState;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Components that K3s brings along (https://docs.k3s.io/installation/packaged-components). */
const COMPONENTS = ['coredns', 'traefik', 'servicelb', 'metrics-server', 'local-storage'];

export type Found =
  | { readonly kind: 'server'; readonly cluster: K3sCluster }
  | { readonly kind: 'unreachable'; readonly reason: string };

export class K3sClusters {
  private readonly options: K3sClustersOptions;
  private readonly opened = new Map<string, Promise<K3sCluster>>();
  private readonly servers = new Map<string, K3sCluster>();

  constructor(options: K3sClustersOptions) {
    this.options = options;
  }

  create(record: Omit<ClusterRecord, 'id' | 'members' | 'nodePasswords'>): Promise<K3sCluster> {
    const full = { ...record, id: randomUUID(), members: {}, nodePasswords: {} };
    this.options.state.save(key(full.id), () => full);
    return this.open(full);
  }

  /** @returns `undefined` where there is no such cluster any more. */
  async find(id: string): Promise<K3sCluster | undefined> {
    const opened = this.opened.get(id);
    if (opened !== undefined) return opened;
    const record = this.options.state.load<ClusterRecord>(key(id));
    return record === undefined ? undefined : this.open(record);
  }

  /** Takes over the version and the components that a server was started with. */
  async refresh({ record }: K3sCluster): Promise<void> {
    await this.options.kubernetes.open(record.id, planeOptions(record));
  }

  /** The server answers at these addresses until the returned function is called. */
  announce(addresses: readonly string[], port: number, cluster: K3sCluster): () => void {
    const keys = addresses.map((address) => `${address}:${port}`);
    for (const each of keys) this.servers.set(each, cluster);
    return () => {
      for (const each of keys) if (this.servers.get(each) === cluster) this.servers.delete(each);
    };
  }

  /** Who answers at `https://ADDRESS:PORT`, as a machine that joins finds out. @param isReached by that machine. */
  serverAt(url: string, isReached: boolean): Found {
    const { hostname, port } = new URL(url);
    const address = hostname.replace(/^\[|\]$/g, '');
    const target = `${address}:${port === '' ? 443 : port}`;
    const cluster = this.servers.get(target);
    if (cluster !== undefined && isReached) return { kind: 'server', cluster };
    if (!/^[\d.]+$|:/.test(address))
      return { kind: 'unreachable', reason: `dial tcp: lookup ${address}: no such host` };
    const reason = isReached ? 'connection refused' : 'no route to host';
    return { kind: 'unreachable', reason: `dial tcp ${target}: connect: ${reason}` };
  }

  /** A cluster whose last server disk is gone is gone with it. */
  async diskRemoved(diskId: string, isThere: (diskId: string) => boolean): Promise<void> {
    const { state, kubernetes } = this.options;
    for (const id of new Set([...state.list('k3s'), ...this.opened.keys()])) {
      const cluster = await this.find(id);
      const isMember = Object.values(cluster?.record.members ?? {}).some(
        (member) => member.diskId === diskId,
      );
      if (cluster === undefined || !isMember || cluster.diskRemoved(diskId, isThere)) continue;
      cluster.close();
      this.opened.delete(id);
      state.remove(key(id));
      await kubernetes.remove(id);
    }
  }

  async close(): Promise<void> {
    for (const cluster of this.opened.values()) (await cluster).close();
  }

  private open(record: ClusterRecord): Promise<K3sCluster> {
    const { kubernetes, state, pause } = this.options;
    const opening = kubernetes
      .open(record.id, planeOptions(record))
      .then(
        (plane) =>
          new K3sCluster(record, { plane, pause, save: () => state.save(key(record.id), () => record) }),
      );
    this.opened.set(record.id, opening);
    opening.catch(() => this.opened.delete(record.id));
    return opening;
  }
}

function planeOptions({ version, settings }: ClusterRecord) {
  return {
    distribution: 'k3s' as const,
    version,
    podCidr: settings['cluster-cidr'],
    serviceCidr: settings['service-cidr'],
    clusterDomain: settings['cluster-domain'],
    components: COMPONENTS.filter((name) => !settings.disable.includes(name)),
  };
}

function key(id: string): string {
  return `k3s/${id}`;
}
