/** All objects of a cluster by resource and key, with one revision counter: what etcd is to a real one. */
import { deepFreeze } from '../model/json.js';
import { keyOf, objectKey, type KubeObject } from '../model/kube-object.js';
import { EventLog, type Change } from './event-log.js';
import { SortedObjects } from './sorted-objects.js';

export interface StoredCluster {
  readonly revision: number;
  readonly objects: Readonly<Record<string, readonly KubeObject[]>>;
}

/** Where an object is. */
export interface ObjectRef {
  readonly resource: string;
  readonly key: string;
}

export class ObjectStore {
  private readonly resources = new Map<string, SortedObjects>();
  private readonly byUid = new Map<string, ObjectRef>();
  private readonly dependants = new Map<string, Map<string, ObjectRef>>();
  private readonly listeners = new Set<(change: Change) => void>();
  private readonly log: EventLog;
  private currentRevision: number;

  constructor(stored: StoredCluster = { revision: 1, objects: {} }) {
    this.currentRevision = stored.revision;
    this.log = new EventLog(stored.revision);
    for (const [resource, objects] of Object.entries(stored.objects)) {
      for (const object of objects) this.index(resource, deepFreeze(object));
    }
  }

  get revision(): number {
    return this.currentRevision;
  }

  get size(): number {
    return this.byUid.size;
  }

  get(resource: string, namespace: string | undefined, name: string): KubeObject | undefined {
    return this.at(resource, keyOf(namespace, name));
  }

  at(resource: string, key: string): KubeObject | undefined {
    return this.resources.get(resource)?.get(key);
  }

  /** In the order of their keys. */
  list(resource: string, namespace?: string): KubeObject[] {
    return this.resources.get(resource)?.list(namespace === undefined ? '' : `${namespace}/`) ?? [];
  }

  count(resource: string): number {
    return this.resources.get(resource)?.size ?? 0;
  }

  /** Resources that have objects. */
  resourceNames(): string[] {
    return [...this.resources.keys()];
  }

  findByUid(uid: string): ObjectRef | undefined {
    return this.byUid.get(uid);
  }

  /** Objects with an owner reference to the uid. */
  dependantsOf(uid: string): ObjectRef[] {
    return [...(this.dependants.get(uid)?.values() ?? [])];
  }

  /** Writes the object with the next revision. @returns it as it is stored, frozen. */
  put(resource: string, object: KubeObject): KubeObject {
    const previous = this.at(resource, objectKey(object));
    const stored = this.withNextRevision(object);
    if (previous !== undefined) this.unindex(resource, previous);
    this.index(resource, stored);
    const type = previous === undefined ? 'ADDED' : 'MODIFIED';
    this.tell({
      type,
      revision: this.currentRevision,
      resource,
      object: stored,
      ...(previous && { previous }),
    });
    return stored;
  }

  /** @returns the object as it was, with the revision of its end. */
  delete(resource: string, key: string): KubeObject | undefined {
    const previous = this.at(resource, key);
    if (previous === undefined) return undefined;
    this.unindex(resource, previous);
    const last = this.withNextRevision(previous);
    this.tell({ type: 'DELETED', revision: this.currentRevision, resource, object: last, previous });
    return last;
  }

  /** @returns a function that ends it. The listener must not change the store before it returns. */
  subscribe(listener: (change: Change) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** `undefined` when the log does not reach back that far. */
  changesSince(revision: number, resource: string): Change[] | undefined {
    return this.log.since(revision, resource);
  }

  snapshot(): StoredCluster {
    const objects = Object.fromEntries(
      [...this.resources].map(([resource, all]) => [resource, all.list('')]),
    );
    return { revision: this.currentRevision, objects };
  }

  private withNextRevision(object: KubeObject): KubeObject {
    this.currentRevision += 1;
    const metadata = { ...object.metadata, resourceVersion: String(this.currentRevision) };
    return deepFreeze({ ...object, metadata });
  }

  private index(resource: string, object: KubeObject): void {
    const ref = { resource, key: objectKey(object) };
    const all = this.resources.get(resource) ?? new SortedObjects();
    all.set(ref.key, object);
    this.resources.set(resource, all);
    this.byUid.set(object.metadata.uid, ref);
    for (const { uid } of object.metadata.ownerReferences ?? []) {
      const known = this.dependants.get(uid) ?? new Map<string, ObjectRef>();
      this.dependants.set(uid, known.set(object.metadata.uid, ref));
    }
  }

  private unindex(resource: string, object: KubeObject): void {
    const { uid, ownerReferences } = object.metadata;
    this.resources.get(resource)?.delete(objectKey(object));
    this.byUid.delete(uid);
    for (const owner of ownerReferences ?? []) {
      const known = this.dependants.get(owner.uid);
      known?.delete(uid);
      if (known?.size === 0) this.dependants.delete(owner.uid);
    }
  }

  private tell(change: Change): void {
    this.log.append(change);
    for (const listener of this.listeners) listener(change);
  }
}
