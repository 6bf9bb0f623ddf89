/** The clusters of the lab that kubeadm made, and the API servers that answer for them. */
import { randomUUID } from 'node:crypto';
import { AnnouncedPorts } from '../clusters/announced-ports.js';
import { ClusterRegistry, type ClusterKind, type ClusterSurroundings } from '../clusters/cluster-registry.js';
import { EtcdCluster } from '../clusters/etcd-cluster.js';
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

export class KubeadmClusters extends ClusterRegistry<ClusterRecord, KubeadmCluster> {
  readonly apiServers = new AnnouncedPorts<KubeadmCluster>();

  constructor(surroundings: ClusterSurroundings) {
    super(KUBEADM, surroundings);
  }

  create(record: Omit<ClusterRecord, 'id' | 'members'>): Promise<KubeadmCluster> {
    return this.add({ ...record, id: randomUUID(), members: {} });
  }

  /** Its API is of another release from now on. */
  async upgraded({ record }: KubeadmCluster, version: string): Promise<void> {
    record.version = version;
    this.save(record);
    await this.surroundings.kubernetes.open(record.id, KUBEADM.planeOptions(record));
  }
}
