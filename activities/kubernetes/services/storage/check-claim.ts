/** Proves a StorageClass by a claim and a pod that uses it; both are removed again, and the volume with them. */
import {
  CoreV1Api,
  type KubeConfig,
  type V1PersistentVolumeClaim,
  type V1Pod,
} from '@kubernetes/client-node';
import { ClusterwrightError, fail } from '../../../../domain/errors.js';
import { isNotFound, kubernetesError } from '../../client.js';
import { problemOf } from '../availability.js';
import type { ImageSource } from '../images.js';
import { FIELD_MANAGER, ourLabels } from '../labels.js';
import { EVERYWHERE, LINUX } from './csi-containers.js';

export interface ClaimCheck {
  readonly storageClass: string;
  /** A quantity, such as `512Mi`. */
  readonly size: string;
  readonly images: ImageSource;
}

const NAMESPACE = 'default';
const MANAGED_BY = 'app.kubernetes.io/managed-by';
const USER = 65_534;
const CONFLICT = 409;

/**
 * Looks once, and makes what is missing. A pod that runs has its volume mounted.
 * @returns what still speaks against it; `null` when a pod runs with the claim.
 * @throws `CLUSTER_OBJECT_TAKEN`, `KUBERNETES_UNREACHABLE`, `KUBERNETES_REJECTED`
 */
export async function claimObjection(config: KubeConfig, check: ClaimCheck): Promise<string | null> {
  const api = config.makeApiClient(CoreV1Api);
  const name = checkName(check);
  try {
    const claim = await present(() =>
      api.readNamespacedPersistentVolumeClaim({ namespace: NAMESPACE, name }),
    );
    const pod = await present(() => api.readNamespacedPod({ namespace: NAMESPACE, name }));
    for (const object of [claim, pod]) requireOurs(object);
    if (isGoing(claim) || isGoing(pod)) return 'an earlier claim is being removed';
    if (claim === undefined) {
      await made(() =>
        api.createNamespacedPersistentVolumeClaim({ namespace: NAMESPACE, body: aClaim(check) }),
      );
    }
    if (pod === undefined) {
      await made(() => api.createNamespacedPod({ namespace: NAMESPACE, body: aPod(check) }));
      return `claim ${name} waits for its pod`;
    }
    const isBound = claim?.status?.phase === 'Bound';
    if (isBound && pod.status?.phase === 'Running') return null;
    const why = [problemOf(pod), ...(await complaints(config, name))].filter((one) => one !== undefined);
    const state = isBound ? 'is bound, and its pod does not run' : `is ${claim?.status?.phase ?? 'new'}`;
    return [`claim ${name} ${state}`, ...new Set(why)].join(': ');
  } catch (error) {
    throw error instanceof ClusterwrightError ? error : kubernetesError(error);
  }
}

/** @returns what is still there of the check, asked to go; `null` when nothing is, also not its volume. */
export async function removalObjection(config: KubeConfig, check: ClaimCheck): Promise<string | null> {
  const api = config.makeApiClient(CoreV1Api);
  const name = checkName(check);
  const it = { namespace: NAMESPACE, name };
  try {
    const pod = await present(() => api.readNamespacedPod(it));
    const claim = await present(() => api.readNamespacedPersistentVolumeClaim(it));
    if (pod !== undefined && isOurs(pod) && !isGoing(pod))
      await present(() => api.deleteNamespacedPod({ ...it, gracePeriodSeconds: 0 }));
    if (claim !== undefined && isOurs(claim) && !isGoing(claim))
      await present(() => api.deleteNamespacedPersistentVolumeClaim(it));
    if (pod !== undefined || claim !== undefined) return `claim ${name} and its pod are being removed`;
    const { items } = await api.listPersistentVolume();
    const volume = items.find(
      ({ spec }) => spec?.claimRef?.name === name && spec.claimRef.namespace === NAMESPACE,
    );
    return volume === undefined ? null : `volume ${volume.metadata?.name} of claim ${name} is being removed`;
  } catch (error) {
    throw kubernetesError(error);
  }
}

function checkName({ storageClass }: ClaimCheck): string {
  return `${FIELD_MANAGER}-check-${storageClass}`;
}

function aClaim(check: ClaimCheck): V1PersistentVolumeClaim {
  return {
    metadata: { name: checkName(check), labels: ourLabels('storage-check', 'claim') },
    spec: {
      accessModes: ['ReadWriteOnce'],
      storageClassName: check.storageClass,
      resources: { requests: { storage: check.size } },
    },
  };
}

function aPod(check: ClaimCheck): V1Pod {
  const name = checkName(check);
  return {
    metadata: { name, labels: ourLabels('storage-check', 'pod') },
    spec: {
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: 'Never',
      terminationGracePeriodSeconds: 0,
      nodeSelector: LINUX,
      tolerations: EVERYWHERE,
      securityContext: { runAsNonRoot: true, runAsUser: USER, seccompProfile: { type: 'RuntimeDefault' } },
      containers: [
        {
          name: 'pause',
          image: check.images('pause'),
          securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
          volumeMounts: [{ name: 'volume', mountPath: '/volume' }],
        },
      ],
      volumes: [{ name: 'volume', persistentVolumeClaim: { claimName: name } }],
    },
  };
}

/** What the provisioner and the kubelet say of it, the latest of each. */
async function complaints(config: KubeConfig, name: string): Promise<string[]> {
  const { items } = await config.makeApiClient(CoreV1Api).listNamespacedEvent({ namespace: NAMESPACE });
  const own = items.filter(({ involvedObject, type }) => involvedObject.name === name && type === 'Warning');
  const byReason = new Map(own.map(({ reason, message }) => [reason, message ?? '']));
  return [...byReason.values()];
}

async function present<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

/** Another attempt may have been faster. */
async function made(create: () => Promise<unknown>): Promise<void> {
  try {
    await create();
  } catch (error) {
    if ((error as { code?: unknown }).code !== CONFLICT) throw error;
  }
}

interface Labelled {
  readonly kind?: string;
  readonly metadata?: {
    readonly name?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly deletionTimestamp?: Date;
  };
}

function isOurs({ metadata }: Labelled): boolean {
  return metadata?.labels?.[MANAGED_BY] === FIELD_MANAGER;
}

function isGoing(object: Labelled | undefined): boolean {
  return object?.metadata?.deletionTimestamp !== undefined;
}

function requireOurs(object: Labelled | undefined): void {
  if (object === undefined || isOurs(object)) return;
  throw fail(
    'CLUSTER_OBJECT_TAKEN',
    `${NAMESPACE}/${object.metadata?.name} is not the check of a StorageClass`,
  );
}
