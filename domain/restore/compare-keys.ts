/** Whether a restored etcd holds what its snapshot does. Pure. */

/** What comes and goes by itself: a control plane that has just begun to work again may have taken it away. */
const FLEETING = [
  '/registry/events/',
  '/registry/events.k8s.io/',
  '/registry/leases/',
  '/registry/masterleases/',
  '/registry/pods/',
  '/registry/endpointslices/',
  '/registry/services/endpoints/',
  '/registry/endpoints/',
  // K3s keeps there which snapshots lie on which machine.
  '/registry/k3s.cattle.io/etcdsnapshotfiles/',
] as const;

export interface KeyComparison {
  /** Objects of the snapshot that have to be there. */
  readonly expected: number;
  /** Keys of those that are not, in order. */
  readonly missing: readonly string[];
}

export const REGISTRY = '/registry/';

export function compareKeys(snapshot: ReadonlySet<string>, restored: ReadonlySet<string>): KeyComparison {
  const expected = [...snapshot].filter(
    (key) => key.startsWith(REGISTRY) && !FLEETING.some((prefix) => key.startsWith(prefix)),
  );
  return { expected: expected.length, missing: expected.filter((key) => !restored.has(key)).toSorted() };
}
