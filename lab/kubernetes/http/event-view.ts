/** Events have two shapes: that of the core group, in which they are stored, and that of `events.k8s.io`. */
import type { Draft, KubeObject } from '../model/kube-object.js';

/** Field of the core group, and of `events.k8s.io`. */
const FIELDS: readonly (readonly [core: string, other: string])[] = [
  ['involvedObject', 'regarding'],
  ['message', 'note'],
  ['reportingComponent', 'reportingController'],
  ['source', 'deprecatedSource'],
  ['firstTimestamp', 'deprecatedFirstTimestamp'],
  ['lastTimestamp', 'deprecatedLastTimestamp'],
  ['count', 'deprecatedCount'],
];

export function toNewEvent(event: KubeObject): KubeObject {
  return rename(event, 'events.k8s.io/v1', FIELDS) as KubeObject;
}

export function toCoreEvent(event: Draft): Draft {
  return rename(
    event,
    'v1',
    FIELDS.map(([core, other]) => [other, core] as const),
  );
}

function rename(
  event: Draft,
  apiVersion: string,
  fields: readonly (readonly [from: string, to: string])[],
): Draft {
  const names = new Map(fields);
  const entries = Object.entries(event).map(([key, value]) => [names.get(key) ?? key, value] as const);
  return { ...Object.fromEntries(entries), apiVersion };
}
