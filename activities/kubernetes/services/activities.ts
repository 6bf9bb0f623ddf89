/** Services that run in clusters, as workflows ask for them. */
import type { ClusterType } from '../../../domain/cluster-definition.js';
import { ClusterwrightError, fail } from '../../../domain/errors.js';
import type {
  MonitoringConfiguration,
  StorageConfiguration,
} from '../../../domain/services/configuration.js';
import type { Store } from '../../../store/store.js';
import { withHeartbeats } from '../../ssh/heartbeat.js';
import { kubeConfigOf } from '../client.js';
import { until } from '../until.js';
import { applyObjects } from './apply-objects.js';
import { availabilityObjection } from './availability.js';
import { imagesFrom } from './images.js';
import { listedVolumes, type ListedVolumes } from './listed-volumes.js';
import { monitoringObjects } from './monitoring/monitoring-objects.js';
import { claimObjection, removalObjection, type ClaimCheck } from './storage/check-claim.js';
import { csiToken, type CsiTokens } from './storage/csi-token.js';
import { makeOnlyDefault } from './storage/default-class.js';
import { nfsCsi } from './storage/nfs-csi.js';
import { proxmoxCsi, type ProxmoxAccess } from './storage/proxmox-csi.js';
import { SMALLEST_CLAIM, type StorageDriver } from './storage/storage-driver.js';

export interface ClusterServiceDependencies {
  readonly store: Pick<Store, 'secrets'>;
  /** `socks5://host:port` through which machines are reached, if any. */
  readonly proxyUrl: string | null;
  /** How storage drivers reach Proxmox VE. */
  readonly proxmox: ProxmoxAccess;
  readonly csiTokens: CsiTokens;
  /** Where nodes pull our images from; `null`: from the registries that publish them. */
  readonly imageMirror: string | null;
}

interface OfCluster {
  readonly clusterUid: string;
}

export interface StorageRequest extends OfCluster {
  readonly type: ClusterType;
  readonly configuration: StorageConfiguration;
  /** Claims that name no class get this one. */
  readonly isDefault: boolean;
}

export interface MonitoringRequest extends OfCluster {
  readonly type: ClusterType;
  readonly configuration: MonitoringConfiguration;
}

export type ClusterServiceActivities = ReturnType<typeof createClusterServiceActivities>;

export function createClusterServiceActivities(dependencies: ClusterServiceDependencies) {
  const { store, proxyUrl } = dependencies;
  const images = imagesFrom(dependencies.imageMirror);
  const configOf = ({ clusterUid }: OfCluster) => kubeConfigOf(store.secrets, clusterUid, proxyUrl);

  async function driverOf({
    clusterUid,
    type,
    configuration,
    isDefault,
  }: StorageRequest): Promise<StorageDriver> {
    const { kind, storageClass, server, path, proxmoxStorage, token: name } = configuration;
    switch (kind) {
      case 'NFS':
        if (server === null || path === null) throw fail('INTERNAL', 'NFS has no server');
        return nfsCsi({ type, server, path, storageClass, isDefault, images });
      case 'PROXMOX_CSI': {
        if (proxmoxStorage === null || name === null)
          throw fail('INTERNAL', 'there is no storage or no token');
        const token = await csiToken(store.secrets, dependencies.csiTokens, { clusterUid, name });
        return proxmoxCsi({
          ...dependencies.proxmox,
          type,
          token,
          proxmoxStorage,
          storageClass,
          isDefault,
          images,
        });
      }
    }
  }

  return {
    /**
     * Has the storage driver run in the cluster, and its class there.
     * @throws `CSI_TOKEN_UNKNOWN`, `CLUSTER_OBJECT_TAKEN`, `SERVICE_NOT_AVAILABLE`, `STEP_NOT_VERIFIED`
     */
    provideStorage: (request: StorageRequest): Promise<void> =>
      withHeartbeats(async (pulse) => {
        const config = await configOf(request);
        const { objects, storageClass } = await driverOf(request);
        await applyObjects(config, [...objects, storageClass]);
        await until('SERVICE_NOT_AVAILABLE', pulse, () => availabilityObjection(config, objects));
        if (request.isDefault) await makeOnlyDefault(config, storageClass.metadata.name);
      }),

    /** Has a pod run with a small claim of the class, and removes both with the volume. @throws `CLAIM_NOT_BOUND` */
    verifyStorage: (request: OfCluster & { readonly configuration: StorageConfiguration }): Promise<void> =>
      withHeartbeats(async (pulse) => {
        const config = await configOf(request);
        const { storageClass, kind } = request.configuration;
        const check: ClaimCheck = { storageClass, size: SMALLEST_CLAIM[kind], images };
        try {
          await until('CLAIM_NOT_BOUND', pulse, () => claimObjection(config, check));
        } catch (error) {
          // Nobody may ask again: then it must not stay.
          if (pulse.signal.aborted) await removalObjection(config, check);
          throw error;
        }
        await until('RESIDUE_LEFT', pulse, () => removalObjection(config, check));
      }),

    /** Has the exporters run in the cluster. @throws `CLUSTER_OBJECT_TAKEN`, `SERVICE_NOT_AVAILABLE`, `STEP_NOT_VERIFIED` */
    provideMonitoring: (request: MonitoringRequest): Promise<void> =>
      withHeartbeats(async (pulse) => {
        const config = await configOf(request);
        const objects = monitoringObjects({ ...request.configuration, type: request.type, images });
        await applyObjects(config, objects);
        await until('SERVICE_NOT_AVAILABLE', pulse, () => availabilityObjection(config, objects));
      }),

    /**
     * What the cluster says it made on Proxmox VE. One that cannot be asked is not waited for: it may have been broken
     * when it was given up. One that never had an API has made nothing.
     */
    listVolumes: ({ clusterUid }: OfCluster): Promise<ListedVolumes> =>
      withHeartbeats(async (pulse) => {
        if ((await store.secrets.get(clusterUid, 'kubeconfig')) === undefined)
          return { volumes: [], warnings: [] };
        const config = await configOf({ clusterUid });
        let listed: ListedVolumes = { volumes: [], warnings: [] };
        try {
          await until('KUBERNETES_UNREACHABLE', pulse, async () => {
            listed = await listedVolumes(config);
            return null;
          });
          return listed;
        } catch (error) {
          if (!(error instanceof ClusterwrightError)) throw error;
          return { volumes: [], warnings: [`the cluster cannot be asked for its volumes: ${error.message}`] };
        }
      }),
  };
}
