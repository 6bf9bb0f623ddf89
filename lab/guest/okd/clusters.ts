/** The OKD clusters of the lab. */
import { kubernetesMinor, parseVersion } from '../../../domain/versions.js';
import { ClusterRegistry, type ClusterKind, type ClusterSurroundings } from '../clusters/cluster-registry.js';
import { OkdCluster, type OkdRecord } from './cluster.js';
import type { Installation } from './installation.js';

const OKD: ClusterKind<OkdRecord, OkdCluster> = {
  folder: 'okd',
  idOf: ({ installation }) => installation.id,
  planeOptions: ({ installation }) => ({
    // As far as the API is concerned there is no difference.
    distribution: 'kubeadm',
    version: kubeletVersion(installation),
    podCidr: installation.config.podCidr,
    serviceCidr: installation.config.serviceCidr,
    clusterDomain: 'cluster.local',
    components: [],
    authority: installation.authority,
  }),
  clusterOf: (record, host) => new OkdCluster(record, host),
};

export class OkdClusters extends ClusterRegistry<OkdRecord, OkdCluster> {
  constructor(surroundings: ClusterSurroundings) {
    super(OKD, surroundings);
  }

  /** The cluster of a bootstrap machine: it begins with it. */
  async begin(installation: Installation, bootstrapDisk: string): Promise<OkdCluster> {
    const known = await this.find(installation.id);
    const state = { isBootstrapped: false, members: {}, working: [] };
    return known ?? this.add({ installation, bootstrapDisk, ...state });
  }
}

/** OKD takes some patch release of its Kubernetes. */
export function kubeletVersion({ version }: Pick<Installation, 'version'>): string {
  const parsed = parseVersion('OKD', version);
  return `v1.${parsed === undefined ? 0 : kubernetesMinor('OKD', parsed)}.7`;
}
