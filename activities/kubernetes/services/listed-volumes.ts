/** The volumes on Proxmox VE that a cluster says are its own. */
import { CoreV1Api, type KubeConfig, type V1PersistentVolume } from '@kubernetes/client-node';
import { PROXMOX_CSI_DRIVER, volumeOfHandle, type CsiVolume } from '../../../domain/services/proxmox-csi.js';
import { kubernetesError } from '../client.js';

export interface ListedVolumes {
  /** To be removed with the cluster. */
  readonly volumes: readonly CsiVolume[];
  /** What is, or may be, left: one sentence each. */
  readonly warnings: readonly string[];
}

/** By which a person keeps a volume whatever becomes of its claim (`docs/options.md` of the driver). */
const LIFECYCLE = 'csi.proxmox.sinextra.dev/lifecycle';
const PAGE = 500;

/**
 * What a person asked to be retained is named and not listed for removal.
 * @throws `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED`
 */
export async function listedVolumes(config: KubeConfig): Promise<ListedVolumes> {
  const volumes: CsiVolume[] = [];
  const warnings: string[] = [];
  for (const { metadata, spec } of await allVolumes(config)) {
    if (spec?.csi?.driver !== PROXMOX_CSI_DRIVER) continue;
    const place = volumeOfHandle(spec.csi.volumeHandle);
    const { namespace = '', name = '' } = spec.claimRef ?? {};
    const isKept =
      spec.persistentVolumeReclaimPolicy === 'Retain' || metadata?.annotations?.[LIFECYCLE] === 'keep';
    if (place === undefined) warnings.push(`volume ${spec.csi.volumeHandle} is left: it has an unknown name`);
    else if (isKept)
      warnings.push(`volume ${place.volume} of ${namespace}/${name} is left, as it asks to be kept`);
    else volumes.push({ ...place, claim: `${namespace}/${name}` });
  }
  return { volumes, warnings };
}

async function allVolumes(config: KubeConfig): Promise<V1PersistentVolume[]> {
  const api = config.makeApiClient(CoreV1Api);
  const all: V1PersistentVolume[] = [];
  let next: string | undefined;
  try {
    do {
      const page = await api.listPersistentVolume({
        limit: PAGE,
        ...(next === undefined ? {} : { _continue: next }),
      });
      all.push(...page.items);
      const { _continue: more } = page.metadata ?? {};
      next = more === '' ? undefined : more;
    } while (next !== undefined);
  } catch (error) {
    throw kubernetesError(error);
  }
  return all;
}
