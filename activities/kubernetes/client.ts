/** Kubernetes API clients from sealed kubeconfigs, and our own errors from theirs. */
import { ApiException, KubeConfig } from '@kubernetes/client-node';
import { fail, type ClusterwrightError } from '../../domain/errors.js';
import { throughProxy } from '../../schema/kubeconfig.js';
import type { SecretVault } from '../../store/store.js';
import { ProxiedKubeConfig } from './proxied-kube-config.js';

/** @throws `KUBECONFIG_NOT_READY` when the cluster has none yet. */
export async function kubeConfigOf(
  secrets: SecretVault,
  clusterUid: string,
  proxyUrl: string | null,
): Promise<KubeConfig> {
  const text = await secrets.get(clusterUid, 'kubeconfig');
  if (text === undefined) throw fail('KUBECONFIG_NOT_READY', `cluster ${clusterUid} has no kubeconfig`);
  return kubeConfigFrom(text, proxyUrl);
}

/** @param text YAML, as it is kept. */
export function kubeConfigFrom(text: string, proxyUrl: string | null): KubeConfig {
  const config = proxyUrl === null ? new KubeConfig() : new ProxiedKubeConfig();
  config.loadFromString(throughProxy(text, proxyUrl));
  return config;
}

/** Classes what a call of the Kubernetes client threw. */
export function kubernetesError(error: unknown): ClusterwrightError {
  if (error instanceof ApiException) {
    const detail = `HTTP ${error.code}: ${reasonIn(error.body)}`;
    return fail(
      error.code >= 500 || error.code === 429 ? 'KUBERNETES_UNREACHABLE' : 'KUBERNETES_REJECTED',
      detail,
      {
        cause: error,
      },
    );
  }
  const detail = error instanceof Error ? error.message : String(error);
  return fail('KUBERNETES_UNREACHABLE', detail, { cause: error });
}

/** True for an answer "there is no such object". */
export function isNotFound(error: unknown): boolean {
  return error instanceof ApiException && error.code === 404;
}

function reasonIn(body: unknown): string {
  if (typeof body !== 'string') return JSON.stringify(body);
  try {
    const status = JSON.parse(body) as { message?: unknown };
    return typeof status.message === 'string' ? status.message : body;
  } catch {
    return body;
  }
}
