/** The clusters of K3s and RKE2 in the lab, and the servers that answer for them. */
import { randomUUID } from 'node:crypto';
import { AnnouncedPorts } from '../clusters/announced-ports.js';
import { ClusterRegistry, type ClusterKind, type ClusterSurroundings } from '../clusters/cluster-registry.js';
import type { Traced } from '../system.js';
import type { SnapshotContent } from '../etcd/snapshot-file.js';
import { RancherCluster, type ClusterRecord, type RancherBootstrap } from './cluster.js';

const RANCHER: ClusterKind<ClusterRecord, RancherCluster> = {
  folder: 'rancher',
  idOf: ({ id }) => id,
  planeOptions: ({ distribution, version, settings, components }) => ({
    distribution,
    version,
    podCidr: settings['cluster-cidr'],
    serviceCidr: settings['service-cidr'],
    clusterDomain: settings['cluster-domain'],
    components,
  }),
  clusterOf: (record, host) => new RancherCluster(record, host),
};

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

export class RancherClusters extends ClusterRegistry<ClusterRecord, RancherCluster> {
  readonly servers = new AnnouncedPorts<ServingPort>();

  constructor(surroundings: ClusterSurroundings) {
    super(RANCHER, surroundings);
  }

  create(record: RancherBootstrap): Promise<RancherCluster> {
    return this.add({ ...record, id: randomUUID(), members: {}, nodePasswords: {} });
  }

  /** A cluster with the state of a snapshot, and no members yet. */
  async restore(content: SnapshotContent): Promise<RancherCluster> {
    const { options, keys, bootstrap, revision, objects } = content;
    const id = randomUUID();
    await this.surroundings.kubernetes.restore(id, { options, keys, content: { revision, objects } });
    return this.add({ ...(bootstrap as RancherBootstrap), id, members: {}, nodePasswords: {} });
  }

  /** Takes over the version and the components that a server was started with. */
  async refresh({ record }: RancherCluster): Promise<void> {
    await this.surroundings.kubernetes.open(record.id, RANCHER.planeOptions(record));
  }

  /** @returns the id of the cluster that keeps its state there. */
  sharing(datastoreEndpoint: string): string | undefined {
    return this.findId((record) => record.datastoreEndpoint === datastoreEndpoint);
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
        const serving = this.servers.behind(traced);
        if (serving !== undefined) return { kind: 'server', ...serving };
        return { kind: 'unreachable', reason: `${at(traced.address)} connection refused` };
      }
    }
  }
}
