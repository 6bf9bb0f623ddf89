/** Events that tell people what happened to an object. */
import type { Cluster } from '../cluster.js';
import { timestamp, type KubeObject } from '../model/kube-object.js';
import { create } from '../api/writer.js';

export interface EventText {
  readonly type: 'Normal' | 'Warning';
  readonly reason: string;
  readonly message: string;
  /** The part that says so, such as `default-scheduler`. */
  readonly source: string;
}

/** A real cluster forgets events after an hour. */
const MAX_EVENTS = 500;

/** Adds an event in the namespace of the object, unless that namespace is going. */
export function recordEvent(
  cluster: Cluster,
  about: KubeObject,
  { type, reason, message, source }: EventText,
): void {
  const { name, uid, resourceVersion, namespace: of } = about.metadata;
  const namespace = of ?? 'default';
  const home = cluster.store.at('namespaces', namespace);
  if (home === undefined || home.metadata.deletionTimestamp !== undefined) return;
  if (cluster.store.count('events') >= MAX_EVENTS) forgetOldest(cluster);
  const now = timestamp();
  create(cluster, 'events', {
    metadata: { namespace, generateName: `${name.slice(0, 40).replaceAll(/[^a-z0-9-]/g, '-')}.` },
    involvedObject: {
      apiVersion: about.apiVersion,
      kind: about.kind,
      name,
      ...(of === undefined ? {} : { namespace: of }),
      uid,
      resourceVersion,
    },
    type,
    reason,
    message,
    source: { component: source },
    reportingComponent: source,
    reportingInstance: '',
    firstTimestamp: now,
    lastTimestamp: now,
    count: 1,
  });
}

function forgetOldest(cluster: Cluster): void {
  const byAge = cluster.store
    .list('events')
    .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion));
  for (const { metadata } of byAge.slice(0, MAX_EVENTS / 10)) {
    cluster.store.delete('events', `${metadata.namespace}/${metadata.name}`);
  }
}
