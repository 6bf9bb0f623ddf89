/** Keeps a new kubeconfig in place of the one before: not before it has proved to work. */
import { CoreV1Api } from '@kubernetes/client-node';
import { apiOf, publicKubeconfig } from '../../schema/kubeconfig.js';
import type { Store } from '../../store/store.js';
import { kubeConfigFrom, kubernetesError } from './client.js';

export interface NewKubeconfig {
  readonly clusterUid: string;
  readonly cluster: string;
  /** Of the machine that gave it: used where no kubeconfig was kept before. */
  readonly address: string;
  /** As the distribution left it. */
  readonly text: string;
}

/**
 * The API is reached where the one before reached it.
 * @throws `KUBERNETES_REJECTED`, `KUBERNETES_UNREACHABLE`: the one before is kept then; `STEP_NOT_VERIFIED` for a text
 *   that is no kubeconfig.
 */
export async function replaceKubeconfig(
  { store, proxyUrl }: { readonly store: Pick<Store, 'secrets'>; readonly proxyUrl: string | null },
  { clusterUid, cluster, address, text }: NewKubeconfig,
): Promise<void> {
  const before = await store.secrets.get(clusterUid, 'kubeconfig');
  const api = before === undefined ? { address } : apiOf(before);
  const kubeconfig = publicKubeconfig(text, { cluster, ...api });
  try {
    // What only an administrator may see.
    const core = kubeConfigFrom(kubeconfig, proxyUrl).makeApiClient(CoreV1Api);
    await core.listNamespacedSecret({ namespace: 'kube-system', limit: 1 });
  } catch (error) {
    throw kubernetesError(error);
  }
  await store.secrets.put(clusterUid, 'kubeconfig', kubeconfig);
}
