/** How the lists of the built-in kinds are merged: by the keys of their items, as sets, or not at all. */

export type ListKind =
  | { readonly kind: 'map'; readonly keys: readonly string[] }
  | { readonly kind: 'set' }
  | { readonly kind: 'atomic' };

const ATOMIC: ListKind = { kind: 'atomic' };
const SET: ListKind = { kind: 'set' };
const by = (...keys: string[]): ListKind => ({ kind: 'map', keys });

/** Names that are merged wherever they stand (`+listMapKey` and `patchMergeKey` of the Kubernetes types). */
const BY_NAME: Readonly<Record<string, ListKind>> = {
  containers: by('name'),
  initContainers: by('name'),
  ephemeralContainers: by('name'),
  env: by('name'),
  volumes: by('name'),
  volumeMounts: by('mountPath'),
  volumeDevices: by('devicePath'),
  imagePullSecrets: by('name'),
  hostAliases: by('ip'),
  topologySpreadConstraints: by('topologyKey', 'whenUnsatisfiable'),
  schedulingGates: by('name'),
  resourceClaims: by('name'),
  conditions: by('type'),
  podIPs: by('ip'),
  webhooks: by('name'),
};

/** Names that mean different lists in different places; taints and tolerations are replaced whole. */
const BY_PARENT: Readonly<Record<string, ListKind>> = {
  'containers/ports': by('containerPort', 'protocol'),
  'initContainers/ports': by('containerPort', 'protocol'),
  'spec/ports': by('port', 'protocol'),
  'status/addresses': by('type'),
  'metadata/ownerReferences': by('uid'),
  'metadata/finalizers': SET,
  '/secrets': by('name'),
};

const KEY_DEFAULTS: Readonly<Record<string, string>> = { protocol: 'TCP' };

/** @param path field names from the root of the object, without list positions. */
export function listKind(path: readonly string[], custom: boolean): ListKind {
  const name = path.at(-1) ?? '';
  const byParent = BY_PARENT[`${path.at(-2) ?? ''}/${name}`];
  // Custom kinds have the metadata of all others; their own lists are atomic unless their schema says otherwise.
  if (custom) return path[0] === 'metadata' ? (byParent ?? ATOMIC) : ATOMIC;
  return byParent ?? (Object.hasOwn(BY_NAME, name) ? BY_NAME[name] : undefined) ?? ATOMIC;
}

/** The values of an item's keys, with the defaults that the API fills in. */
export function itemKey(item: unknown, keys: readonly string[]): Record<string, unknown> {
  const values = item as Record<string, unknown>;
  return Object.fromEntries(
    keys
      .map((key) => [key, values[key] ?? KEY_DEFAULTS[key]] as const)
      .filter(([, value]) => value !== undefined),
  );
}
