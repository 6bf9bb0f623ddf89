/** One kind of object that the API knows, as a row of a table. */

export type Subresource =
  'status' | 'scale' | 'log' | 'eviction' | 'binding' | 'token' | 'finalize' | 'approval';

export type Verb = 'create' | 'delete' | 'deletecollection' | 'get' | 'list' | 'patch' | 'update' | 'watch';

export interface ResourceKind {
  /** Empty for the core group. */
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  readonly singular: string;
  readonly kind: string;
  readonly namespaced: boolean;
  readonly shortNames: readonly string[];
  readonly categories: readonly string[];
  readonly subresources: readonly Subresource[];
  readonly verbs: readonly Verb[];
  /** `metadata.generation` counts the changes of everything but metadata and status. */
  readonly counted: boolean;
  /** Fields that a field selector may use besides name and namespace. */
  readonly selectableFields: readonly string[];
  /** The resource whose objects these are in another shape, such as `events` for `events.events.k8s.io`. */
  readonly viewOf?: string;
  /** From a CustomResourceDefinition. */
  readonly custom?: CustomKind;
}

export interface CustomKind {
  readonly definition: string;
  readonly columns: readonly PrinterColumn[];
  readonly scale?: ScalePaths;
}

export interface PrinterColumn {
  readonly name: string;
  readonly type: string;
  readonly jsonPath: string;
  readonly format?: string;
  readonly description?: string;
  readonly priority?: number;
}

export interface ScalePaths {
  readonly specReplicasPath: string;
  readonly statusReplicasPath: string;
  readonly labelSelectorPath?: string;
}

export const ALL_VERBS: readonly Verb[] = [
  'create',
  'delete',
  'deletecollection',
  'get',
  'list',
  'patch',
  'update',
  'watch',
];

/** `pods`, `deployments.apps`: names a resource whatever its version. */
export function resourceId(group: string, plural: string): string {
  return group === '' ? plural : `${plural}.${group}`;
}

/** `v1`, `apps/v1`. */
export function groupVersion(kind: { readonly group: string; readonly version: string }): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}
