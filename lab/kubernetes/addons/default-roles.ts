/** The roles and bindings that every cluster starts with. */
import type { Cluster } from '../cluster.js';
import { ensure } from '../api/writer.js';
import type { PolicyRule } from '../auth/policy-rule.js';

const READ = ['get', 'list', 'watch'];
const WRITE = ['create', 'delete', 'deletecollection', 'patch', 'update'];
const WORKLOADS: readonly (readonly [groups: readonly string[], resources: readonly string[]])[] = [
  [
    [''],
    [
      'configmaps',
      'endpoints',
      'events',
      'persistentvolumeclaims',
      'pods',
      'pods/log',
      'pods/status',
      'replicationcontrollers',
      'replicationcontrollers/scale',
      'serviceaccounts',
      'services',
      'limitranges',
      'resourcequotas',
    ],
  ],
  [
    ['apps'],
    [
      'controllerrevisions',
      'daemonsets',
      'deployments',
      'deployments/scale',
      'replicasets',
      'replicasets/scale',
      'statefulsets',
      'statefulsets/scale',
    ],
  ],
  [['batch'], ['cronjobs', 'jobs']],
  [['autoscaling'], ['horizontalpodautoscalers']],
  [['networking.k8s.io'], ['ingresses', 'networkpolicies']],
  [['policy'], ['poddisruptionbudgets']],
  [['discovery.k8s.io'], ['endpointslices']],
];

const workloads = (verbs: readonly string[]): PolicyRule[] =>
  WORKLOADS.map(([apiGroups, resources]) => ({ apiGroups, resources, verbs }));
const VIEW: readonly PolicyRule[] = [
  ...workloads(READ),
  { apiGroups: [''], resources: ['namespaces'], verbs: READ },
];
const EDIT: readonly PolicyRule[] = [
  ...VIEW,
  ...workloads(WRITE),
  { apiGroups: [''], resources: ['secrets'], verbs: [...READ, ...WRITE] },
  { apiGroups: [''], resources: ['pods/eviction', 'serviceaccounts/token'], verbs: ['create'] },
];
const ADMIN: readonly PolicyRule[] = [
  ...EDIT,
  {
    apiGroups: ['rbac.authorization.k8s.io'],
    resources: ['roles', 'rolebindings'],
    verbs: [...READ, ...WRITE],
  },
  { apiGroups: ['authorization.k8s.io'], resources: ['localsubjectaccessreviews'], verbs: ['create'] },
];
const DISCOVERY: readonly PolicyRule[] = [
  {
    nonResourceURLs: [
      '/api',
      '/api/*',
      '/apis',
      '/apis/*',
      '/openapi',
      '/openapi/*',
      '/version',
      '/version/',
    ],
    verbs: ['get'],
  },
  { nonResourceURLs: ['/healthz', '/livez', '/readyz', '/livez/*', '/readyz/*'], verbs: ['get'] },
];
const BASIC_USER: readonly PolicyRule[] = [
  {
    apiGroups: ['authorization.k8s.io'],
    resources: ['selfsubjectaccessreviews', 'selfsubjectrulesreviews'],
    verbs: ['create'],
  },
  { apiGroups: ['authentication.k8s.io'], resources: ['selfsubjectreviews'], verbs: ['create'] },
];

const CLUSTER_ROLES: Readonly<Record<string, readonly PolicyRule[]>> = {
  'cluster-admin': [
    { apiGroups: ['*'], resources: ['*'], verbs: ['*'] },
    { nonResourceURLs: ['*'], verbs: ['*'] },
  ],
  admin: ADMIN,
  edit: EDIT,
  view: VIEW,
  'system:discovery': DISCOVERY,
  'system:basic-user': BASIC_USER,
};

/** Role and the group that has it. */
const BINDINGS: Readonly<Record<string, string>> = {
  'cluster-admin': 'system:masters',
  'system:discovery': 'system:authenticated',
  'system:basic-user': 'system:authenticated',
};

const LABELS = { 'kubernetes.io/bootstrapping': 'rbac-defaults' };
const GROUP = 'rbac.authorization.k8s.io';

export function ensureDefaultRoles(cluster: Cluster): void {
  for (const [name, rules] of Object.entries(CLUSTER_ROLES)) {
    ensure(cluster, `clusterroles.${GROUP}`, { metadata: { name, labels: LABELS }, rules });
  }
  for (const [name, group] of Object.entries(BINDINGS)) {
    ensure(cluster, `clusterrolebindings.${GROUP}`, {
      metadata: { name, labels: LABELS },
      roleRef: { apiGroup: GROUP, kind: 'ClusterRole', name },
      subjects: [{ apiGroup: GROUP, kind: 'Group', name: group }],
    });
  }
}
