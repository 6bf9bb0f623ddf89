/** Whether workloads are Available, as their own controllers say. */
import { AppsV1Api, CoreV1Api, type KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { isNotFound, kubernetesError } from '../client.js';
import type { ClusterObject } from './cluster-object.js';

const MOST_PODS_NAMED = 3;

/** @returns what still speaks against the Deployments and DaemonSets among the objects; `null` when nothing does. */
export async function availabilityObjection(
  config: KubeConfig,
  objects: readonly ClusterObject[],
): Promise<string | null> {
  try {
    const objections: string[] = [];
    for (const { kind, metadata } of objects) {
      const { name, namespace = '' } = metadata;
      if (kind === 'Deployment') objections.push(...(await ofDeployment(config, namespace, name)));
      if (kind === 'DaemonSet') objections.push(...(await ofDaemonSet(config, namespace, name)));
    }
    return objections.length === 0 ? null : objections.join('; ');
  } catch (error) {
    if (isNotFound(error)) return 'a workload is not there any more';
    throw kubernetesError(error);
  }
}

async function ofDeployment(config: KubeConfig, namespace: string, name: string): Promise<string[]> {
  const { metadata, spec, status } = await config
    .makeApiClient(AppsV1Api)
    .readNamespacedDeployment({ namespace, name });
  const wanted = spec?.replicas ?? 1;
  const updated = status?.updatedReplicas ?? 0;
  const available = status?.conditions?.find(({ type }) => type === 'Available');
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  if (isSeen && available?.status === 'True' && updated >= wanted) return [];
  const pods = await podProblems(config, namespace, spec?.selector?.matchLabels ?? {});
  return [`Deployment ${namespace}/${name} is not Available${pods}`];
}

async function ofDaemonSet(config: KubeConfig, namespace: string, name: string): Promise<string[]> {
  const { metadata, spec, status } = await config
    .makeApiClient(AppsV1Api)
    .readNamespacedDaemonSet({ namespace, name });
  const wanted = status?.desiredNumberScheduled ?? 0;
  const available = status?.numberAvailable ?? 0;
  const isSeen = (status?.observedGeneration ?? 0) >= (metadata?.generation ?? 0);
  const isUpdated = (status?.updatedNumberScheduled ?? 0) >= wanted;
  if (isSeen && isUpdated && wanted > 0 && available >= wanted) return [];
  const pods = await podProblems(config, namespace, spec?.selector?.matchLabels ?? {});
  return [`DaemonSet ${namespace}/${name} is Available on ${available} of ${wanted} nodes${pods}`];
}

async function podProblems(
  config: KubeConfig,
  namespace: string,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  const labelSelector = Object.entries(labels)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  const { items } = await config.makeApiClient(CoreV1Api).listNamespacedPod({ namespace, labelSelector });
  const problems = items.flatMap((pod) => problemOf(pod) ?? []);
  return problems.length === 0 ? '' : ` (${problems.slice(0, MOST_PODS_NAMED).join(', ')})`;
}

/** Why a pod does not run, in the words of its kubelet or of the scheduler. */
export function problemOf({ metadata, status }: V1Pod): string | undefined {
  const waiting = status?.containerStatuses?.find(({ state }) => state?.waiting !== undefined)?.state
    ?.waiting;
  const scheduled = status?.conditions?.find(({ type }) => type === 'PodScheduled');
  const name = metadata?.name ?? '';
  if (waiting !== undefined) return `${name}: ${waiting.message ?? waiting.reason ?? 'waiting'}`;
  return scheduled?.status === 'False' ? `${name}: ${scheduled.message ?? 'not scheduled'}` : undefined;
}
