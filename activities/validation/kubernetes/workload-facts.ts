/** Facts about workloads, of the cluster's own parts and of its users. */
import { AppsV1Api, type V1Pod } from '@kubernetes/client-node';
import type { KubernetesFacts, PodFact, WorkloadFact } from '../../../domain/validation/facts/kubernetes.js';
import { isSystemNamespace } from '../../../domain/validation/system-namespaces.js';
import { all, type Calls } from './calls.js';

const CANARY_OF = 'clusterwright-canary';
/** A container that is being created is no news. */
const ORDINARY = ['ContainerCreating', 'PodInitializing'];

/** Deployments, DaemonSets and StatefulSets. @param ofSystem those of the cluster's own namespaces, or the others. */
export async function workloadFacts({ config }: Calls, ofSystem: boolean): Promise<WorkloadFact[]> {
  const api = config.makeApiClient(AppsV1Api);
  const [deployments, daemonSets, statefulSets] = await Promise.all([
    all((page) => api.listDeploymentForAllNamespaces(page)),
    all((page) => api.listDaemonSetForAllNamespaces(page)),
    all((page) => api.listStatefulSetForAllNamespaces(page)),
  ]);
  const named = (kind: string, metadata: { name?: string; namespace?: string } | undefined): string =>
    `${kind} ${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
  return [
    ...deployments.map(({ metadata, spec, status }) => ({
      namespace: metadata?.namespace,
      name: named('Deployment', metadata),
      wanted: spec?.replicas ?? 1,
      available: status?.availableReplicas ?? 0,
    })),
    ...daemonSets.map(({ metadata, status }) => ({
      namespace: metadata?.namespace,
      name: named('DaemonSet', metadata),
      wanted: status?.desiredNumberScheduled ?? 0,
      available: status?.numberAvailable ?? 0,
    })),
    ...statefulSets.map(({ metadata, spec, status }) => ({
      namespace: metadata?.namespace,
      name: named('StatefulSet', metadata),
      wanted: spec?.replicas ?? 1,
      available: status?.availableReplicas ?? status?.readyReplicas ?? 0,
    })),
  ]
    .filter(({ namespace = '' }) => isSystemNamespace(namespace) === ofSystem)
    .filter(({ namespace = '' }) => !namespace.startsWith(CANARY_OF))
    .map(({ name, wanted, available }) => ({ name, wanted, available }));
}

export async function systemPods(calls: Calls): Promise<PodFact[]> {
  const pods = await calls.pods();
  return pods
    .filter(({ metadata, status }) => {
      const namespace = metadata?.namespace ?? '';
      return (
        isSystemNamespace(namespace) && !namespace.startsWith(CANARY_OF) && status?.phase !== 'Succeeded'
      );
    })
    .map((pod) => ({
      name: podName(pod),
      waiting: waitingOf(pod),
      restarts: Math.max(0, ...(pod.status?.containerStatuses ?? []).map(({ restartCount }) => restartCount)),
    }));
}

/** Why a container of it does not run; `null` when all do, or are on the way. */
export function waitingOf({ status }: V1Pod): string | null {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  const waiting = containers.flatMap(({ state }) => state?.waiting ?? []);
  const bad = waiting.find(({ reason = '' }) => !ORDINARY.includes(reason));
  if (bad === undefined) return null;
  return [bad.reason, bad.message].filter((part) => part !== undefined && part !== '').join(': ');
}

export async function riskyPods(calls: Calls): Promise<KubernetesFacts['riskyPods']> {
  const pods = await calls.pods();
  return pods.flatMap((pod) => {
    if (isSystemNamespace(pod.metadata?.namespace ?? '')) return [];
    const why = holdsOf(pod);
    return why.length === 0 ? [] : [{ pod: podName(pod), why: why.join(', ') }];
  });
}

/** What gives it a hold on its node (https://kubernetes.io/docs/concepts/security/pod-security-standards/). */
function holdsOf({ spec }: V1Pod): string[] {
  const containers = [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])];
  const folders = (spec?.volumes ?? []).flatMap(({ hostPath }) => hostPath?.path ?? []);
  return [
    ...(containers.some(({ securityContext }) => securityContext?.privileged === true)
      ? ['it is privileged']
      : []),
    ...(spec?.hostNetwork === true ? ['it has the network of its node'] : []),
    ...(spec?.hostPID === true ? ['it sees the processes of its node'] : []),
    ...(spec?.hostIPC === true ? ['it shares memory with its node'] : []),
    ...(folders.length === 0 ? [] : [`it mounts ${folders.join(' and ')} of its node`]),
  ];
}

export async function pendingPods(calls: Calls): Promise<KubernetesFacts['pendingPods']> {
  const pods = await all((page) =>
    calls.core.listPodForAllNamespaces({ ...page, fieldSelector: 'status.phase=Pending' }),
  );
  return pods
    .filter(({ metadata }) => !(metadata?.namespace ?? '').startsWith(CANARY_OF))
    .map((pod) => {
      const scheduled = pod.status?.conditions?.find(({ type }) => type === 'PodScheduled');
      const why = scheduled?.status === 'False' ? scheduled.message : waitingOf(pod);
      return { name: podName(pod), seconds: ageOf(pod), why: why ?? '' };
    });
}

export function podName({ metadata }: V1Pod): string {
  return `${metadata?.namespace ?? ''}/${metadata?.name ?? ''}`;
}

/** Seconds since it was made. */
export function ageOf({ metadata }: { readonly metadata?: { readonly creationTimestamp?: Date } }): number {
  const made = metadata?.creationTimestamp?.getTime();
  return made === undefined ? 0 : Math.max(0, (Date.now() - made) / 1_000);
}
