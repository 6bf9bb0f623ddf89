/** Objects of Kubernetes, typed by the client's own types, as they are applied. */
import type {
  KubernetesObject,
  V1ClusterRole,
  V1ClusterRoleBinding,
  V1CSIDriver,
  V1DaemonSet,
  V1Deployment,
  V1Namespace,
  V1Role,
  V1RoleBinding,
  V1Secret,
  V1Service,
  V1ServiceAccount,
  V1StorageClass,
} from '@kubernetes/client-node';
import type { ClusterType } from '../../../domain/cluster-definition.js';
import { ourLabels } from './labels.js';

interface Named {
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

type Of<Kind extends string, ApiVersion extends string, T extends KubernetesObject> = T &
  Named & { readonly kind: Kind; readonly apiVersion: ApiVersion };

export type ClusterObject =
  | Of<'Namespace', 'v1', V1Namespace>
  | Of<'Secret', 'v1', V1Secret>
  | Of<'Service', 'v1', V1Service>
  | Of<'ServiceAccount', 'v1', V1ServiceAccount>
  | Of<'Deployment', 'apps/v1', V1Deployment>
  | Of<'DaemonSet', 'apps/v1', V1DaemonSet>
  | Of<'ClusterRole', typeof RBAC, V1ClusterRole>
  | Of<'ClusterRoleBinding', typeof RBAC, V1ClusterRoleBinding>
  | Of<'Role', typeof RBAC, V1Role>
  | Of<'RoleBinding', typeof RBAC, V1RoleBinding>
  | Of<'CSIDriver', 'storage.k8s.io/v1', V1CSIDriver>
  | Of<'StorageClass', 'storage.k8s.io/v1', V1StorageClass>;

const RBAC = 'rbac.authorization.k8s.io/v1';
const RBAC_GROUP = 'rbac.authorization.k8s.io';

/** One whose pods may use the node itself: Talos refuses them elsewhere. */
export function privilegedNamespace(name: string): ClusterObject {
  const level = 'privileged';
  return {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: { ...ourLabels(name, 'namespace'), 'pod-security.kubernetes.io/enforce': level },
    },
  };
}

export interface Account {
  readonly namespace: string;
  readonly name: string;
}

type Rules = NonNullable<V1Role['rules']>;

/** An account that may do what the rules say in the whole cluster. */
export function accountWithRole({ namespace, name }: Account, rules: Rules): ClusterObject[] {
  return [
    serviceAccount({ namespace, name }),
    { apiVersion: RBAC, kind: 'ClusterRole', metadata: named(name), rules },
    {
      apiVersion: RBAC,
      kind: 'ClusterRoleBinding',
      metadata: named(name),
      roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name },
      subjects: [{ kind: 'ServiceAccount', namespace, name }],
    },
  ];
}

/** What an account may do in its own namespace. */
export function roleInNamespace({ namespace, name }: Account, rules: Rules): ClusterObject[] {
  return [
    { apiVersion: RBAC, kind: 'Role', metadata: { ...named(name), namespace }, rules },
    {
      apiVersion: RBAC,
      kind: 'RoleBinding',
      metadata: { ...named(name), namespace },
      roleRef: { apiGroup: RBAC_GROUP, kind: 'Role', name },
      subjects: [{ kind: 'ServiceAccount', namespace, name }],
    },
  ];
}

export function serviceAccount({ namespace, name }: Account): ClusterObject {
  return { apiVersion: 'v1', kind: 'ServiceAccount', metadata: { ...named(name), namespace } };
}

/** OKD lets no account run pods that use the node unless it is bound to this role of its own. */
export function privilegedOn(type: ClusterType, { namespace, name }: Account): ClusterObject[] {
  if (type !== 'OKD') return [];
  return [
    {
      apiVersion: RBAC,
      kind: 'RoleBinding',
      metadata: { ...named(`${name}-privileged`), namespace },
      roleRef: { apiGroup: RBAC_GROUP, kind: 'ClusterRole', name: 'system:openshift:scc:privileged' },
      subjects: [{ kind: 'ServiceAccount', namespace, name }],
    },
  ];
}

function named(name: string): { name: string; labels: Record<string, string> } {
  return { name, labels: ourLabels(name, 'access') };
}
