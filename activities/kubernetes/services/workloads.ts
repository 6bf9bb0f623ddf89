/** Workloads whose pods have the labels by which they are found: pods with others would belong to nobody. */
import type { V1DeploymentSpec, V1PodSpec } from '@kubernetes/client-node';
import type { ClusterObject } from './cluster-object.js';
import { ourLabels, selectorLabels } from './labels.js';

export interface Workload {
  readonly namespace: string;
  readonly name: string;
  /** What it belongs to, and which part of that it is. */
  readonly app: string;
  readonly component: string;
  /** Of its pods. */
  readonly annotations?: Record<string, string>;
}

type PodSpec = Pick<V1PodSpec, keyof V1PodSpec>;

/** One pod on each node that its tolerations let it run on. */
export function daemonSet(workload: Workload, pod: PodSpec): ClusterObject {
  return { apiVersion: 'apps/v1', kind: 'DaemonSet', ...metadataOf(workload), spec: specOf(workload, pod) };
}

/** One pod. @param strategy how another one replaces it; left out, as Kubernetes does it by default. */
export function deployment(
  workload: Workload,
  pod: PodSpec,
  strategy?: NonNullable<V1DeploymentSpec['strategy']>,
): ClusterObject {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    ...metadataOf(workload),
    spec: { replicas: 1, ...(strategy === undefined ? {} : { strategy }), ...specOf(workload, pod) },
  };
}

function metadataOf({ namespace, name, app, component }: Workload) {
  return { metadata: { namespace, name, labels: ourLabels(app, component) } };
}

function specOf({ app, component, annotations }: Workload, spec: PodSpec) {
  const labels = ourLabels(app, component);
  return {
    selector: { matchLabels: selectorLabels(app, component) },
    template: { metadata: { labels, ...(annotations === undefined ? {} : { annotations }) }, spec },
  };
}
