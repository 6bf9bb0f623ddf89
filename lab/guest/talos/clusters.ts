/** The clusters of the lab's machines with Talos, and the API servers that answer for them. */
import { randomUUID } from 'node:crypto';
import type { LabKubernetes } from '../../kubernetes/lab-kubernetes.js';
import type { LabState } from '../../state.js';
import type { Traced } from '../system.js';
import { TalosCluster, type TalosClusterRecord } from './cluster.js';
import { TalosDisks } from './disk.js';

export interface TalosClustersOptions {
  readonly kubernetes: LabKubernetes;
  readonly state: LabState;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

const FOLDER = 'talos';

export class TalosClusters {
  readonly disks: TalosDisks;
  private readonly options: TalosClustersOptions;
  private readonly opened = new Map<string, Promise<TalosCluster>>();
  private readonly servers = new Map<string, TalosCluster>();

  constructor(options: TalosClustersOptions) {
    this.options = options;
    this.disks = new TalosDisks(options.state);
  }

  create(record: Omit<TalosClusterRecord, 'id' | 'members'>): Promise<TalosCluster> {
    const full = { ...record, id: randomUUID(), members: {} };
    this.options.state.save(key(full.id), () => full);
    return this.open(full);
  }

  /** @returns `undefined` where there is no such cluster any more. */
  async find(id: string): Promise<TalosCluster | undefined> {
    const opened = this.opened.get(id);
    if (opened !== undefined) return opened;
    const record = this.options.state.load<TalosClusterRecord>(key(id));
    return record === undefined ? undefined : this.open(record);
  }

  /** The API server answers at these addresses until the returned function is called. */
  announce(addresses: readonly string[], port: number, cluster: TalosCluster): () => void {
    const keys = addresses.map((address) => `${address}:${port}`);
    for (const each of keys) this.servers.set(each, cluster);
    return () => {
      for (const each of keys) if (this.servers.get(each) === cluster) this.servers.delete(each);
    };
  }

  /** Whose API server is at the end of a connection; `undefined`: nobody's. */
  behind(traced: Traced): TalosCluster | undefined {
    if (traced.kind !== 'answered') return undefined;
    return this.servers.get(`${traced.by.address}:${traced.by.port}`);
  }

  /** A cluster whose last disk with etcd's data is gone is gone with it. */
  async diskRemoved(diskId: string): Promise<void> {
    this.disks.remove(diskId);
    const { state, kubernetes } = this.options;
    for (const id of new Set([...state.list(FOLDER), ...this.opened.keys()])) {
      const cluster = await this.find(id);
      const members = Object.values(cluster?.record.members ?? {});
      if (cluster === undefined || !members.some((member) => member.diskId === diskId)) continue;
      if (cluster.etcd.diskRemoved(diskId, (other) => this.disks.exists(other))) continue;
      cluster.close();
      this.opened.delete(id);
      state.remove(key(id));
      await kubernetes.remove(id);
    }
  }

  async close(): Promise<void> {
    for (const cluster of this.opened.values()) (await cluster).close();
  }

  private open(record: TalosClusterRecord): Promise<TalosCluster> {
    const { kubernetes, state, pause } = this.options;
    const { id, version, podSubnet, serviceSubnet, dnsDomain, kubernetesCa } = record;
    const opening = kubernetes
      .open(id, {
        distribution: 'talos',
        version,
        podCidr: podSubnet,
        serviceCidr: serviceSubnet,
        clusterDomain: dnsDomain,
        components: ['coredns'],
        authority: kubernetesCa,
      })
      .then(
        (plane) => new TalosCluster(record, { plane, pause, save: () => state.save(key(id), () => record) }),
      );
    this.opened.set(id, opening);
    opening.catch(() => this.opened.delete(id));
    return opening;
  }
}

function key(id: string): string {
  return `${FOLDER}/${id}`;
}
