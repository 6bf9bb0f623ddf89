/** The clusters of the lab that kubeadm made, and the API servers that answer for them. */
import { randomUUID } from 'node:crypto';
import { AnnouncedPorts } from '../clusters/announced-ports.js';
import { ClusterRegistry, type ClusterKind, type ClusterSurroundings } from '../clusters/cluster-registry.js';
import { EtcdCluster } from '../clusters/etcd-cluster.js';
import { snapshotFile, type SnapshotContent } from '../etcd/snapshot-file.js';
import type { ClusterRecord, KubeadmCluster } from './cluster.js';

const KUBEADM: ClusterKind<ClusterRecord, KubeadmCluster> = {
  folder: 'kubeadm',
  idOf: ({ id }) => id,
  planeOptions: ({ version, podCidr, serviceCidr, dnsDomain: clusterDomain, authority }) => ({
    distribution: 'kubeadm',
    ...{ version, podCidr, serviceCidr, clusterDomain, authority },
    // kubeadm installs its own through the API.
    components: [],
  }),
  clusterOf: (record, host) => new EtcdCluster(record, host),
};

type Bootstrap = Omit<ClusterRecord, 'id' | 'members'>;

/** The only one of a cluster that was restored. */
export interface RestoredMember {
  readonly name: string;
  readonly diskId: string;
}

export class KubeadmClusters extends ClusterRegistry<ClusterRecord, KubeadmCluster> {
  readonly apiServers = new AnnouncedPorts<KubeadmCluster>();

  constructor(surroundings: ClusterSurroundings) {
    super(KUBEADM, surroundings);
  }

  create(record: Omit<ClusterRecord, 'id' | 'members'>): Promise<KubeadmCluster> {
    return this.add({ ...record, id: randomUUID(), members: {} });
  }

  /** What its etcd gives to whoever backs it up: with the state, what another machine makes the same cluster of. */
  snapshot({ record, plane }: KubeadmCluster): Buffer {
    const { id: _id, members: _members, ...rest } = record;
    return snapshotFile(plane.snapshot(), rest satisfies Bootstrap);
  }

  /** A cluster with the state of a snapshot, and one member. */
  async restore(content: SnapshotContent, { name, diskId }: RestoredMember): Promise<KubeadmCluster> {
    const { options, keys, bootstrap, revision, objects } = content;
    const id = randomUUID();
    await this.surroundings.kubernetes.restore(id, { options, keys, content: { revision, objects } });
    const members = { [name]: { diskId, isVoter: true } };
    return this.add({ ...(bootstrap as Bootstrap), id, members });
  }

  /** Its API is of another release from now on. */
  async upgraded({ record }: KubeadmCluster, version: string): Promise<void> {
    record.version = version;
    this.save(record);
    await this.surroundings.kubernetes.open(record.id, KUBEADM.planeOptions(record));
  }
}
