/** Has pods of core components made anew that do not get ready. Budgets for disruptions are honoured. */
import { ApiException, type CoreV1Api, type KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { isSystemNamespace } from '../../../domain/validation/system-namespaces.js';
import { isNotFound, kubernetesError } from '../../kubernetes/client.js';
import { Calls } from '../kubernetes/calls.js';
import { podName, waitingOf } from '../kubernetes/workload-facts.js';
import { outcomeOf, type RemediationOutcome } from './outcome.js';

/** More than a few at once may be the cluster itself, which restarts do not mend. */
const MOST_AT_ONCE = 5;
const UNREADY_FOR_MS = 60_000;
const TOO_MANY_REQUESTS = 429;
/** They make a pod anew; a static pod belongs to the kubelet, and one of nobody would be lost. */
const CONTROLLERS = ['ReplicaSet', 'DaemonSet', 'StatefulSet'];

/** @throws `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED` */
export async function restartPods(config: KubeConfig): Promise<RemediationOutcome> {
  try {
    const calls = new Calls(config);
    const ready = new Set(
      (await calls.nodes())
        .filter(({ status }) =>
          status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
        )
        .map(({ metadata }) => metadata?.name ?? ''),
    );
    const sick = (await calls.pods()).filter(
      (pod) => isSystemNamespace(pod.metadata?.namespace ?? '') && isSick(pod),
    );
    const done: string[] = [];
    const refused: string[] = [];
    for (const pod of sick) {
      const objection =
        done.length >= MOST_AT_ONCE ? 'enough were restarted at once' : objectionTo(pod, ready);
      const reason = objection ?? (await evict(calls.core, pod));
      if (reason === null) done.push(`${podName(pod)} was evicted, to be made anew`);
      else refused.push(`${podName(pod)} was left alone: ${reason}`);
    }
    return outcomeOf(done, refused);
  } catch (error) {
    throw kubernetesError(error);
  }
}

function isSick(pod: V1Pod): boolean {
  const { metadata, status } = pod;
  if (metadata?.deletionTimestamp !== undefined || status?.phase === 'Succeeded') return false;
  if (waitingOf(pod) !== null) return true;
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const since = ready?.lastTransitionTime?.getTime() ?? Date.now();
  return status?.phase === 'Running' && ready?.status === 'False' && Date.now() - since > UNREADY_FOR_MS;
}

function objectionTo({ metadata, spec }: V1Pod, ready: ReadonlySet<string>): string | null {
  const controller = metadata?.ownerReferences?.find(({ controller: is }) => is === true);
  if (controller === undefined || !CONTROLLERS.includes(controller.kind)) return 'nobody would make it anew';
  if (!ready.has(spec?.nodeName ?? '')) return 'its node is not Ready';
  return null;
}

/** @returns why it was not evicted; `null` when it was, or is gone already. */
async function evict(api: CoreV1Api, { metadata }: V1Pod): Promise<string | null> {
  const { name = '', namespace = '', uid } = metadata ?? {};
  const deleteOptions = uid === undefined ? {} : { preconditions: { uid } };
  try {
    await api.createNamespacedPodEviction({
      name,
      namespace,
      body: { metadata: { name, namespace }, deleteOptions },
    });
    return null;
  } catch (error) {
    if (isNotFound(error)) return null;
    if (error instanceof ApiException && error.code === TOO_MANY_REQUESTS)
      return 'a budget for disruptions does not allow it';
    throw error;
  }
}
