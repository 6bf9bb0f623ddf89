/** One call of the Eviction API (https://kubernetes.io/docs/concepts/scheduling-eviction/api-eviction/). */
import { ApiException, CoreV1Api, type KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { kubernetesError } from './client.js';

export type Eviction =
  /** The API has taken it: the pod ends now. */
  | { readonly kind: 'taken' }
  | { readonly kind: 'gone' }
  /** It may be asked again; `reason` is for people, in the API's own words. */
  | { readonly kind: 'refused'; readonly reason: string };

const NOT_FOUND = 404;
const CONFLICT = 409;
const TOO_MANY_REQUESTS = 429;
const INTERNAL_ERROR = 500;
const FORBIDDEN = 403;

/**
 * @param gracePeriodSeconds instead of the pod's own; `null` leaves it that.
 * @throws `KUBERNETES_UNREACHABLE` when it is not known whether it was taken, `KUBERNETES_REJECTED`
 */
export async function evict(
  config: KubeConfig,
  { metadata }: V1Pod,
  gracePeriodSeconds: number | null,
): Promise<Eviction> {
  const { name = '', namespace = '', uid = '' } = metadata ?? {};
  const deleteOptions = {
    // A pod of a StatefulSet has the same name when it comes back.
    preconditions: { uid },
    ...(gracePeriodSeconds === null ? {} : { gracePeriodSeconds }),
  };
  try {
    const body = { metadata: { name, namespace }, deleteOptions };
    await config.makeApiClient(CoreV1Api).createNamespacedPodEviction({ name, namespace, body });
    return { kind: 'taken' };
  } catch (error) {
    if (!(error instanceof ApiException)) throw kubernetesError(error);
    return refusal(error);
  }
}

interface ApiStatus {
  readonly message?: string;
  readonly details?: { readonly causes?: readonly { readonly reason?: string; readonly message?: string }[] };
}

function refusal(error: ApiException<unknown>): Eviction {
  const status = statusIn(error.body);
  const causes = status.details?.causes ?? [];
  switch (error.code) {
    case NOT_FOUND:
    // Another pod has the name by now.
    case CONFLICT:
      return { kind: 'gone' };
    case TOO_MANY_REQUESTS:
      return {
        kind: 'refused',
        reason: causes.map(({ message }) => message).join('; ') || (status.message ?? ''),
      };
    case INTERNAL_ERROR:
      // Of a pod with two budgets, which the API cannot weigh against each other.
      if (!/disruption ?budget/i.test(status.message ?? '')) throw kubernetesError(error);
      return { kind: 'refused', reason: status.message ?? '' };
    case FORBIDDEN:
      // The namespace takes its pods along.
      if (!causes.some(({ reason }) => reason === 'NamespaceTerminating')) throw kubernetesError(error);
      return { kind: 'taken' };
    default:
      throw kubernetesError(error);
  }
}

function statusIn(body: unknown): ApiStatus {
  if (typeof body !== 'string') return body ?? {};
  try {
    return JSON.parse(body) as ApiStatus;
  } catch {
    return { message: body };
  }
}
