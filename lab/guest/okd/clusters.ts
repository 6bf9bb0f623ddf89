/** The OKD clusters of the lab. */
import { kubernetesMinor, parseVersion } from '../../../domain/versions.js';
import type { LabKubernetes } from '../../kubernetes/lab-kubernetes.js';
import type { LabState } from '../../state.js';
import { OkdCluster, type OkdRecord } from './cluster.js';
import type { Installation } from './installation.js';

export interface OkdClustersOptions {
  readonly kubernetes: LabKubernetes;
  readonly state: LabState;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

const FOLDER = 'okd';

export class OkdClusters {
  private readonly options: OkdClustersOptions;
  private readonly opened = new Map<string, Promise<OkdCluster>>();

  constructor(options: OkdClustersOptions) {
    this.options = options;
  }

  /** The cluster of a bootstrap machine: it begins with it. */
  async begin(installation: Installation, bootstrapDisk: string): Promise<OkdCluster> {
    const known = await this.find(installation.id);
    if (known !== undefined) return known;
    const state = { isBootstrapped: false, members: {}, working: [] };
    const record: OkdRecord = { installation, bootstrapDisk, ...state };
    this.options.state.save(key(installation.id), () => record);
    return this.open(record);
  }

  /** @returns `undefined` where there is no such cluster any more, or none yet. */
  async find(id: string): Promise<OkdCluster | undefined> {
    const opened = this.opened.get(id);
    if (opened !== undefined) return opened;
    const record = this.options.state.load<OkdRecord>(key(id));
    return record === undefined ? undefined : this.open(record);
  }

  /** A cluster whose last disk is gone is gone with it. */
  async diskRemoved(diskId: string, isThere: (diskId: string) => boolean): Promise<void> {
    const { state, kubernetes } = this.options;
    for (const id of new Set([...state.list(FOLDER), ...this.opened.keys()])) {
      const cluster = await this.find(id);
      if (cluster === undefined || !cluster.wasOn(diskId)) continue;
      if (cluster.isLeftWithout(diskId, isThere)) continue;
      cluster.close();
      this.opened.delete(id);
      state.remove(key(id));
      await kubernetes.remove(id);
    }
  }

  async close(): Promise<void> {
    for (const cluster of this.opened.values()) (await cluster).close();
  }

  private open(record: OkdRecord): Promise<OkdCluster> {
    const { kubernetes, state, pause } = this.options;
    const { id, config, authority } = record.installation;
    const opening = kubernetes
      .open(id, {
        // As far as the API is concerned there is no difference.
        distribution: 'kubeadm',
        version: kubeletVersion(record.installation),
        podCidr: config.podCidr,
        serviceCidr: config.serviceCidr,
        clusterDomain: 'cluster.local',
        components: [],
        authority,
      })
      .then(
        (plane) => new OkdCluster(record, { plane, pause, save: () => state.save(key(id), () => record) }),
      );
    this.opened.set(id, opening);
    opening.catch(() => this.opened.delete(id));
    return opening;
  }
}

/** OKD takes some patch release of its Kubernetes. */
export function kubeletVersion({ version }: Pick<Installation, 'version'>): string {
  const parsed = parseVersion('OKD', version);
  return `v1.${parsed === undefined ? 0 : kubernetesMinor('OKD', parsed)}.7`;
}

function key(id: string): string {
  return `${FOLDER}/${id}`;
}
