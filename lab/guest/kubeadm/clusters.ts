/** The clusters of the lab that kubeadm made, and the API servers that answer for them. */
import { randomUUID } from 'node:crypto';
import type { LabKubernetes } from '../../kubernetes/lab-kubernetes.js';
import type { LabState } from '../../state.js';
import type { Traced } from '../system.js';
import { KubeadmCluster, type ClusterRecord } from './cluster.js';

export interface KubeadmClustersOptions {
  readonly kubernetes: LabKubernetes;
  readonly state: LabState;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

const FOLDER = 'kubeadm';

export class KubeadmClusters {
  private readonly options: KubeadmClustersOptions;
  private readonly opened = new Map<string, Promise<KubeadmCluster>>();
  private readonly servers = new Map<string, KubeadmCluster>();

  constructor(options: KubeadmClustersOptions) {
    this.options = options;
  }

  create(record: Omit<ClusterRecord, 'id' | 'members'>): Promise<KubeadmCluster> {
    const full = { ...record, id: randomUUID(), members: {} };
    this.options.state.save(key(full.id), () => full);
    return this.open(full);
  }

  /** @returns `undefined` where there is no such cluster any more. */
  async find(id: string): Promise<KubeadmCluster | undefined> {
    const opened = this.opened.get(id);
    if (opened !== undefined) return opened;
    const record = this.options.state.load<ClusterRecord>(key(id));
    return record === undefined ? undefined : this.open(record);
  }

  /** The API server answers at these addresses until the returned function is called. */
  announce(addresses: readonly string[], port: number, cluster: KubeadmCluster): () => void {
    const keys = addresses.map((address) => `${address}:${port}`);
    for (const each of keys) this.servers.set(each, cluster);
    return () => {
      for (const each of keys) if (this.servers.get(each) === cluster) this.servers.delete(each);
    };
  }

  /** Whose API server is at the end of a connection; `undefined`: nobody's. */
  behind(traced: Traced): KubeadmCluster | undefined {
    return traced.kind === 'answered'
      ? this.servers.get(`${traced.by.address}:${traced.by.port}`)
      : undefined;
  }

  /** A cluster whose last disk with etcd's data is gone is gone with it. */
  async diskRemoved(diskId: string, isThere: (diskId: string) => boolean): Promise<void> {
    const { state, kubernetes } = this.options;
    for (const id of new Set([...state.list(FOLDER), ...this.opened.keys()])) {
      const cluster = await this.find(id);
      const members = Object.values(cluster?.record.members ?? {});
      if (cluster === undefined || !members.some((member) => member.diskId === diskId)) continue;
      if (cluster.etcd.diskRemoved(diskId, isThere)) continue;
      cluster.close();
      this.opened.delete(id);
      state.remove(key(id));
      await kubernetes.remove(id);
    }
  }

  async close(): Promise<void> {
    for (const cluster of this.opened.values()) (await cluster).close();
  }

  private open(record: ClusterRecord): Promise<KubeadmCluster> {
    const { kubernetes, state, pause } = this.options;
    const { id, version, podCidr, serviceCidr, dnsDomain: clusterDomain, authority } = record;
    const opening = kubernetes
      .open(id, {
        distribution: 'kubeadm',
        ...{ version, podCidr, serviceCidr, clusterDomain, authority },
        // kubeadm installs its own through the API.
        components: [],
      })
      .then(
        (plane) =>
          new KubeadmCluster(record, { plane, pause, save: () => state.save(key(id), () => record) }),
      );
    this.opened.set(id, opening);
    opening.catch(() => this.opened.delete(id));
    return opening;
  }
}

function key(id: string): string {
  return `${FOLDER}/${id}`;
}
