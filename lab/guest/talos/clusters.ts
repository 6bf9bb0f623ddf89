/** The clusters of the lab's machines with Talos, and the API servers that answer for them. */
import { randomUUID } from 'node:crypto';
import { AnnouncedPorts } from '../clusters/announced-ports.js';
import { ClusterRegistry, type ClusterKind, type ClusterSurroundings } from '../clusters/cluster-registry.js';
import { TalosCluster, type TalosClusterRecord } from './cluster.js';
import { TalosDisks } from './disk.js';

const TALOS: ClusterKind<TalosClusterRecord, TalosCluster> = {
  folder: 'talos',
  idOf: ({ id }) => id,
  planeOptions: ({ version, podSubnet, serviceSubnet, dnsDomain, kubernetesCa }) => ({
    distribution: 'talos',
    version,
    podCidr: podSubnet,
    serviceCidr: serviceSubnet,
    clusterDomain: dnsDomain,
    components: ['coredns'],
    authority: kubernetesCa,
  }),
  clusterOf: (record, host) => new TalosCluster(record, host),
};

export class TalosClusters extends ClusterRegistry<TalosClusterRecord, TalosCluster> {
  readonly disks: TalosDisks;
  readonly apiServers = new AnnouncedPorts<TalosCluster>();

  constructor(surroundings: ClusterSurroundings) {
    super(TALOS, surroundings);
    this.disks = new TalosDisks(surroundings.state);
  }

  create(record: Omit<TalosClusterRecord, 'id' | 'members'>): Promise<TalosCluster> {
    return this.add({ ...record, id: randomUUID(), members: {} });
  }

  /** A member runs the API of another release from now on. */
  async upgraded({ record }: TalosCluster, version: string): Promise<void> {
    if (record.version === version) return;
    record.version = version;
    this.save(record);
    await this.surroundings.kubernetes.open(record.id, TALOS.planeOptions(record));
  }

  /** Its machines have disks of their own. */
  override diskRemoved(diskId: string): Promise<void> {
    this.disks.remove(diskId);
    return super.diskRemoved(diskId, (other) => this.disks.exists(other));
  }
}
