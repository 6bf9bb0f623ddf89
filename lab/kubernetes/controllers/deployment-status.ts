/** What a Deployment reports about its rollout. */
import type { Cluster } from '../cluster.js';
import { change } from '../api/writer.js';
import { objectKey, timestamp } from '../model/kube-object.js';
import { scaledValue } from '../model/quantity.js';
import { setCondition, type Condition, type Deployment, type ReplicaSet } from '../model/workloads.js';

export function reportDeployment(
  cluster: Cluster,
  deployment: Deployment,
  { all, currentUid }: { readonly all: readonly ReplicaSet[]; readonly currentUid: string | undefined },
): void {
  const current = all.find(({ metadata }) => metadata.uid === currentUid);
  const sum = (count: (set: ReplicaSet) => number | undefined): number =>
    all.reduce((total, set) => total + (count(set) ?? 0), 0);
  const replicas = sum(({ status }) => status.replicas);
  const available = sum(({ status }) => status.availableReplicas);
  const updated = current?.status.replicas ?? 0;
  const wanted = deployment.spec.replicas ?? 1;
  const maxUnavailable = deployment.spec.strategy?.rollingUpdate?.maxUnavailable ?? 0;
  const least = wanted - scaledValue(maxUnavailable, wanted, Math.floor);
  const isComplete = updated === wanted && replicas === wanted && available >= wanted;

  change<Deployment>(cluster, 'deployments.apps', objectKey(deployment), (draft) => {
    const now = timestamp();
    const conditions = (draft.status.conditions ?? []) as Condition[];
    setCondition(conditions, { ...availability(available >= least), ...moment(conditions, now) }, now);
    setCondition(
      conditions,
      { ...progress(isComplete, current?.metadata.name ?? ''), ...moment(conditions, now) },
      now,
    );
    draft.status = {
      observedGeneration: draft.metadata.generation ?? 1,
      ...counted('replicas', replicas),
      ...counted('updatedReplicas', updated),
      ...counted('readyReplicas', available),
      ...counted('availableReplicas', available),
      ...counted('unavailableReplicas', Math.max(0, Math.max(wanted, replicas) - available)),
      conditions,
    };
  });
}

function availability(isAvailable: boolean): Condition {
  return isAvailable
    ? {
        type: 'Available',
        status: 'True',
        reason: 'MinimumReplicasAvailable',
        message: 'Deployment has minimum availability.',
      }
    : {
        type: 'Available',
        status: 'False',
        reason: 'MinimumReplicasUnavailable',
        message: 'Deployment does not have minimum availability.',
      };
}

function progress(isComplete: boolean, set: string): Condition {
  return isComplete
    ? {
        type: 'Progressing',
        status: 'True',
        reason: 'NewReplicaSetAvailable',
        message: `ReplicaSet "${set}" has successfully progressed.`,
      }
    : {
        type: 'Progressing',
        status: 'True',
        reason: 'ReplicaSetUpdated',
        message: `ReplicaSet "${set}" is progressing.`,
      };
}

/** Deployments, unlike others, also say when a condition was last looked at; it must not change by itself. */
function moment(conditions: readonly Condition[], now: string): object {
  const known = conditions.find((condition) => 'lastUpdateTime' in condition) as
    { lastUpdateTime?: string } | undefined;
  return { lastUpdateTime: known?.lastUpdateTime ?? now };
}

/** Zeros are left out, as in the real API. */
function counted(name: string, count: number): Record<string, number> {
  return count > 0 ? { [name]: count } : {};
}
