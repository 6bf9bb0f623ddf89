/** Which kinds a cluster knows: the built-in ones and those that its CustomResourceDefinitions add. */
import { BUILT_IN_KINDS } from './built-in-kinds.js';
import { groupVersion, resourceId, type ResourceKind } from './resource-kind.js';

export interface GroupVersions {
  readonly group: string;
  /** The preferred one first. */
  readonly versions: readonly string[];
}

export class Registry {
  private readonly kinds = new Map<string, ResourceKind>();
  /** The version in which objects are stored. */
  private readonly stored = new Map<string, ResourceKind>();

  constructor() {
    for (const kind of BUILT_IN_KINDS) this.add(kind);
  }

  /** Kinds of one resource are added with the storage version first. */
  add(kind: ResourceKind): void {
    this.kinds.set(`${groupVersion(kind)} ${kind.plural}`, kind);
    const id = resourceId(kind.group, kind.plural);
    if (!this.stored.has(id)) this.stored.set(id, kind);
  }

  /** Forgets what a CustomResourceDefinition added. */
  removeDefinedBy(definition: string): void {
    for (const [key, kind] of this.kinds) if (kind.custom?.definition === definition) this.kinds.delete(key);
    for (const [key, kind] of this.stored)
      if (kind.custom?.definition === definition) this.stored.delete(key);
  }

  find(group: string, version: string, plural: string): ResourceKind | undefined {
    return this.kinds.get(`${group === '' ? version : `${group}/${version}`} ${plural}`);
  }

  /** @param id such as `pods` or `deployments.apps`. */
  storedKind(id: string): ResourceKind | undefined {
    return this.stored.get(id);
  }

  /** Resources that have objects of their own. */
  storedKinds(): ResourceKind[] {
    return [...this.stored.values()].filter(
      (kind) => kind.viewOf === undefined && kind.verbs.includes('list'),
    );
  }

  kindsOf(group: string, version: string): ResourceKind[] {
    return [...this.kinds.values()].filter((kind) => kind.group === group && kind.version === version);
  }

  /** Without the core group, in the order in which clients resolve ambiguous names. */
  groups(): GroupVersions[] {
    const groups = new Map<string, Set<string>>();
    for (const { group, version } of this.kinds.values()) {
      if (group !== '') groups.set(group, (groups.get(group) ?? new Set()).add(version));
    }
    return [...groups].map(([group, versions]) => ({ group, versions: [...versions].sort(comparePriority) }));
  }
}

/** v2 before v1 before v1beta2 before v1beta1 before v1alpha1. */
function comparePriority(a: string, b: string): number {
  const [aMajor, aStage, aMinor] = rank(a);
  const [bMajor, bStage, bMinor] = rank(b);
  return bStage - aStage || bMajor - aMajor || bMinor - aMinor;
}

function rank(version: string): [major: number, stage: number, minor: number] {
  const parsed = /^v(\d+)(?:(alpha|beta)(\d+))?$/.exec(version);
  if (parsed === null) return [0, -1, 0];
  const stage = parsed[2] === undefined ? 2 : parsed[2] === 'beta' ? 1 : 0;
  return [Number(parsed[1]), stage, Number(parsed[3] ?? 0)];
}
