/** The kinds that the control plane itself works with, typed as they are on the wire. */
import type {
  V1ContainerStatus,
  V1DaemonSetSpec,
  V1DaemonSetStatus,
  V1DeploymentSpec,
  V1DeploymentStatus,
  V1JobSpec,
  V1JobStatus,
  V1NamespaceSpec,
  V1NamespaceStatus,
  V1NodeSpec,
  V1NodeStatus,
  V1PersistentVolumeClaimSpec,
  V1PersistentVolumeClaimStatus,
  V1PersistentVolumeSpec,
  V1PodDisruptionBudgetSpec,
  V1PodDisruptionBudgetStatus,
  V1PodSpec,
  V1PodStatus,
  V1PodTemplateSpec,
  V1ReplicaSetSpec,
  V1ReplicaSetStatus,
  V1ServiceSpec,
  V1ServiceStatus,
  V1StatefulSetSpec,
  V1StatefulSetStatus,
  V1Taint,
  V1Toleration,
} from '@kubernetes/client-node';
import type { KubeObject } from './kube-object.js';

/** The client's types hold dates as `Date`; on the wire they are text. */
export type Wire<T> = T extends Date
  ? string
  : T extends readonly (infer Item)[]
    ? Wire<Item>[]
    : T extends object
      ? { [Key in keyof T]: Wire<T[Key]> }
      : T;

interface Resource<Spec, State> extends KubeObject {
  spec: Wire<Spec>;
  status: Wire<State>;
}

export type Pod = Resource<V1PodSpec, V1PodStatus>;
export type Node = Resource<V1NodeSpec, V1NodeStatus>;
export type Namespace = Resource<V1NamespaceSpec, V1NamespaceStatus>;
export type Service = Resource<V1ServiceSpec, V1ServiceStatus>;
export type Deployment = Resource<V1DeploymentSpec, V1DeploymentStatus>;
export type ReplicaSet = Resource<V1ReplicaSetSpec, V1ReplicaSetStatus>;
export type DaemonSet = Resource<V1DaemonSetSpec, V1DaemonSetStatus>;
export type StatefulSet = Resource<V1StatefulSetSpec, V1StatefulSetStatus>;
export type Job = Resource<V1JobSpec, V1JobStatus>;
export type PodDisruptionBudget = Resource<V1PodDisruptionBudgetSpec, V1PodDisruptionBudgetStatus>;
export type PersistentVolumeClaim = Resource<V1PersistentVolumeClaimSpec, V1PersistentVolumeClaimStatus>;
export type PersistentVolume = Resource<V1PersistentVolumeSpec, { phase?: string }>;

export type PodSpec = Wire<V1PodSpec>;
export type PodTemplate = Wire<V1PodTemplateSpec>;
export type ContainerStatus = Wire<V1ContainerStatus>;
export type Taint = Wire<V1Taint>;
export type Toleration = Wire<V1Toleration>;

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
  lastTransitionTime?: string;
}

/**
 * Sets the condition in the list, whose transition time moves only when its status changes.
 * @returns the list that was given.
 */
export function setCondition(conditions: Condition[], condition: Condition, now: string): Condition[] {
  const at = conditions.findIndex(({ type }) => type === condition.type);
  const found = conditions[at];
  const movedAt = found?.status === condition.status ? found.lastTransitionTime : undefined;
  const next = { ...found, ...condition, lastTransitionTime: movedAt ?? now };
  if (at < 0) conditions.push(next);
  else conditions[at] = next;
  return conditions;
}

export function hasCondition(object: KubeObject | Pick<Pod, 'status'>, type: string): boolean {
  const status = object['status'] as { conditions?: Condition[] } | undefined;
  const conditions = status?.conditions ?? [];
  return conditions.some((condition) => condition.type === type && condition.status === 'True');
}
