/** The clusters of K3s and RKE2 in the lab, and the servers that answer for them. */
import { randomUUID } from 'node:crypto';
import type { LabKubernetes } from '../../kubernetes/lab-kubernetes.js';
import type { LabState } from '../../state.js';
import type { Traced } from '../system.js';
import { RancherCluster, type ClusterRecord } from './cluster.js';

/** Of their records in the lab's state. */
const FOLDER = 'rancher';

export interface RancherClustersOptions {
  readonly kubernetes: LabKubernetes;
  readonly state: LabState;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** An open port of a server. */
export interface ServingPort {
  readonly cluster: RancherCluster;
  /** Whether machines can join here, or only the API answers. */
  readonly isSupervisor: boolean;
  /** Names and addresses in its certificate. */
  readonly names: readonly string[];
}

export type Found =
  ({ readonly kind: 'server' } & ServingPort) | { readonly kind: 'unreachable'; readonly reason: string };

export class RancherClusters {
  private readonly options: RancherClustersOptions;
  private readonly opened = new Map<string, Promise<RancherCluster>>();
  private readonly records = new Map<string, ClusterRecord>();
  private readonly servers = new Map<string, ServingPort>();

  constructor(options: RancherClustersOptions) {
    this.options = options;
  }

  create(record: Omit<ClusterRecord, 'id' | 'members' | 'nodePasswords'>): Promise<RancherCluster> {
    const full = { ...record, id: randomUUID(), members: {}, nodePasswords: {} };
    this.options.state.save(key(full.id), () => full);
    return this.open(full);
  }

  /** @returns `undefined` where there is no such cluster any more. */
  async find(id: string): Promise<RancherCluster | undefined> {
    const opened = this.opened.get(id);
    if (opened !== undefined) return opened;
    const record = this.options.state.load<ClusterRecord>(key(id));
    return record === undefined ? undefined : this.open(record);
  }

  /** Takes over the version and the components that a server was started with. */
  async refresh({ record }: RancherCluster): Promise<void> {
    await this.options.kubernetes.open(record.id, planeOptions(record));
  }

  /** @returns the id of the cluster that keeps its state there. */
  sharing(datastoreEndpoint: string): string | undefined {
    for (const id of this.ids()) {
      const record = this.records.get(id) ?? this.options.state.load<ClusterRecord>(key(id));
      if (record?.datastoreEndpoint === datastoreEndpoint) return id;
    }
    return undefined;
  }

  /** The server answers at these addresses until the returned function is called. */
  announce(addresses: readonly string[], port: number, serving: ServingPort): () => void {
    const keys = addresses.map((address) => `${address}:${port}`);
    for (const each of keys) this.servers.set(each, serving);
    return () => {
      for (const each of keys) if (this.servers.get(each) === serving) this.servers.delete(each);
    };
  }

  /** Who answers at `https://HOST:PORT`, as a machine that joins finds out. @param traced by that machine. */
  serverAt(url: string, traced: Traced): Found {
    const { hostname, port } = new URL(url);
    const at = (address: string): string => `dial tcp ${address}:${port === '' ? 443 : port}: connect:`;
    switch (traced.kind) {
      case 'unresolved':
        return { kind: 'unreachable', reason: `dial tcp: lookup ${hostname}: no such host` };
      case 'unreachable':
        return { kind: 'unreachable', reason: `${at(traced.address)} no route to host` };
      case 'refused':
        return { kind: 'unreachable', reason: `${at(traced.address)} connection refused` };
      case 'closed':
        return { kind: 'unreachable', reason: 'EOF' };
      case 'answered': {
        const serving = this.servers.get(`${traced.by.address}:${traced.by.port}`);
        if (serving !== undefined) return { kind: 'server', ...serving };
        return { kind: 'unreachable', reason: `${at(traced.address)} connection refused` };
      }
    }
  }

  /** A cluster whose last server disk is gone is gone with it. */
  async diskRemoved(diskId: string, isThere: (diskId: string) => boolean): Promise<void> {
    const { state, kubernetes } = this.options;
    for (const id of this.ids()) {
      const cluster = await this.find(id);
      const isMember = Object.values(cluster?.record.members ?? {}).some(
        (member) => member.diskId === diskId,
      );
      if (cluster === undefined || !isMember || cluster.diskRemoved(diskId, isThere)) continue;
      cluster.close();
      this.opened.delete(id);
      this.records.delete(id);
      state.remove(key(id));
      await kubernetes.remove(id);
    }
  }

  async close(): Promise<void> {
    for (const cluster of this.opened.values()) (await cluster).close();
  }

  private ids(): Set<string> {
    return new Set([...this.options.state.list(FOLDER), ...this.opened.keys()]);
  }

  private open(record: ClusterRecord): Promise<RancherCluster> {
    const { kubernetes, state, pause } = this.options;
    const opening = kubernetes
      .open(record.id, planeOptions(record))
      .then(
        (plane) =>
          new RancherCluster(record, { plane, pause, save: () => state.save(key(record.id), () => record) }),
      );
    this.records.set(record.id, record);
    this.opened.set(record.id, opening);
    opening.catch(() => this.opened.delete(record.id));
    return opening;
  }
}

function planeOptions({ distribution, version, settings, components }: ClusterRecord) {
  return {
    distribution,
    version,
    podCidr: settings['cluster-cidr'],
    serviceCidr: settings['service-cidr'],
    clusterDomain: settings['cluster-domain'],
    components,
  };
}

function key(id: string): string {
  return `${FOLDER}/${id}`;
}
