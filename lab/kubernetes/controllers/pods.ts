/** Pods as their controllers see them. */
import type { Cluster } from '../cluster.js';
import { create, remove } from '../api/writer.js';
import {
  controllerOf,
  isTerminating,
  objectKey,
  type KubeObject,
  type OwnerReference,
} from '../model/kube-object.js';
import { hasCondition, type Pod, type PodTemplate } from '../model/workloads.js';
import { recordEvent } from './events.js';

/** A mistyped `--replicas` must not take all memory of the machine that the lab runs on. */
const MAX_PODS_OF_A_WORKLOAD = 2_000;

export interface PodPlan {
  readonly name?: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly nodeName?: string;
  /** Additions to the specification of the template. */
  readonly spec?: Readonly<Record<string, unknown>>;
}

/** Pods that the object controls, terminating ones too. */
export function podsOf(cluster: Cluster, owner: KubeObject): Pod[] {
  return cluster.store
    .dependantsOf(owner.metadata.uid)
    .filter(({ resource }) => resource === 'pods')
    .map(({ resource, key }) => cluster.store.at(resource, key) as Pod)
    .filter((pod) => controllerOf(pod)?.uid === owner.metadata.uid);
}

/** Pods that count as replicas: neither on their way out nor over. */
export function isActive(pod: Pod): boolean {
  return !isTerminating(pod) && pod.status.phase !== 'Succeeded' && pod.status.phase !== 'Failed';
}

export function isReady(pod: Pod): boolean {
  return hasCondition(pod, 'Ready') && !isTerminating(pod);
}

/** Makes a pod of the template; a refusal becomes an event of the owner. */
export function createPod(
  cluster: Cluster,
  owner: KubeObject,
  template: PodTemplate,
  plan: PodPlan = {},
): void {
  const { labels, annotations } = template.metadata ?? {};
  const { name, namespace } = owner.metadata;
  try {
    create(cluster, 'pods', {
      metadata: {
        ...(plan.name === undefined ? { generateName: `${name}-` } : { name: plan.name }),
        ...(namespace === undefined ? {} : { namespace }),
        labels: { ...labels, ...plan.labels },
        ...(annotations === undefined ? {} : { annotations }),
        ownerReferences: [ownerReference(owner)],
      },
      spec: {
        ...template.spec,
        ...plan.spec,
        ...(plan.nodeName === undefined ? {} : { nodeName: plan.nodeName }),
      },
    });
  } catch (error) {
    const message = `Error creating: ${error instanceof Error ? error.message : String(error)}`;
    recordEvent(cluster, owner, { type: 'Warning', reason: 'FailedCreate', message, source: 'k3s' });
  }
}

export function createPods(
  cluster: Cluster,
  owner: KubeObject,
  template: PodTemplate,
  count: number,
  plan?: PodPlan,
): void {
  for (let made = 0; made < Math.min(count, MAX_PODS_OF_A_WORKLOAD); made += 1)
    createPod(cluster, owner, template, plan);
}

export function removePod(cluster: Cluster, pod: Pod): void {
  remove(cluster, 'pods', objectKey(pod));
}

/** Sorts first who is missed least: who runs nowhere, who is not ready, who is youngest. */
export function byDispensability(a: Pod, b: Pod): number {
  const rank = (pod: Pod): number => (pod.spec.nodeName === undefined ? 0 : isReady(pod) ? 2 : 1);
  return rank(a) - rank(b) || (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? 1 : -1);
}

export function ownerReference(owner: KubeObject): OwnerReference {
  const { apiVersion, kind, metadata } = owner;
  return {
    apiVersion,
    kind,
    name: metadata.name,
    uid: metadata.uid,
    controller: true,
    blockOwnerDeletion: true,
  };
}
