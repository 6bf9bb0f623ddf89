/** Removes the workload with its namespace, and those that earlier runs could not remove. */
import { CoreV1Api, type KubeConfig, type V1Namespace } from '@kubernetes/client-node';
import type { CanaryStep } from '../../../domain/validation/facts/canary.js';
import { isNotFound } from '../../kubernetes/client.js';
import { ageOf } from '../kubernetes/workload-facts.js';
import { CANARY_LABELS } from './objects.js';
import { within } from './within.js';

/** Longer than any run: one that is older is nobody’s any more. */
const LEFT_BEHIND_SECONDS = 3_600;

export async function removeCanary(
  config: KubeConfig,
  namespace: string,
  how: { readonly patienceMs: number; readonly signal: AbortSignal },
): Promise<CanaryStep> {
  const api = config.makeApiClient(CoreV1Api);
  const labelSelector = Object.entries(CANARY_LABELS)
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
  return within(how, `namespace ${namespace} is gone`, async () => {
    const { items } = await api.listNamespace({ labelSelector });
    const meant = items.filter(
      (each) => each.metadata?.name === namespace || ageOf(each) > LEFT_BEHIND_SECONDS,
    );
    for (const each of meant) if (each.metadata?.deletionTimestamp === undefined) await removeOne(api, each);
    return meant.length === 0
      ? null
      : `${meant.map(({ metadata }) => metadata?.name ?? '').join(', ')} is still there`;
  });
}

/** With its uid: one that somebody made anew under the name is not touched. */
async function removeOne(api: CoreV1Api, { metadata }: V1Namespace): Promise<void> {
  const { name = '', uid } = metadata ?? {};
  try {
    await api.deleteNamespace({ name, body: { preconditions: uid === undefined ? {} : { uid } } });
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
