import type { BindingFact } from '../../../../domain/validation/facts/kubernetes.js';
import type { Case } from './case.js';

const ADMIN: BindingFact = {
  name: 'ClusterRoleBinding cluster-admin',
  role: 'cluster-admin',
  subjects: ['Group system:masters', 'ServiceAccount kube-system/helm-traefik'],
};
const INFO: BindingFact = {
  name: 'ClusterRoleBinding system:public-info-viewer',
  role: 'system:public-info-viewer',
  subjects: ['Group system:unauthenticated'],
};
const SOUND = { wildcardRoles: [], bindings: [ADMIN, INFO] };

export const SECURITY_CASES: readonly Case[] = [
  {
    id: 'anonymous-access',
    fact: 'anonymousAnswers',
    passes: [{ path: '/api/v1/namespaces', status: 403 }],
    fails: [{ path: '/api/v1/namespaces', status: 200 }],
    says: /^\/api\/v1\/namespaces: it answers 200 without credentials$/,
  },
  {
    id: 'anonymous-bindings',
    fact: 'access',
    passes: SOUND,
    fails: {
      ...SOUND,
      bindings: [
        ADMIN,
        { name: 'ClusterRoleBinding open', role: 'view', subjects: ['User system:anonymous'] },
      ],
    },
    says: /^ClusterRoleBinding open: User system:anonymous has the role view$/,
  },
  {
    id: 'rbac-wildcards',
    fact: 'access',
    passes: SOUND,
    fails: { ...SOUND, wildcardRoles: ['ClusterRole everything'] },
    says: /^ClusterRole everything: it allows every verb/,
  },
  {
    id: 'rbac-cluster-admin',
    fact: 'access',
    passes: SOUND,
    fails: {
      ...SOUND,
      bindings: [
        { ...ADMIN, subjects: ['User alice', 'ServiceAccount shop/deployer', 'Group system:masters'] },
      ],
    },
    says: /User alice, ServiceAccount shop\/deployer is cluster-admin$/,
  },
  {
    id: 'pod-security',
    fact: 'namespaces',
    passes: [
      { name: 'kube-system', goingSeconds: null, enforced: null },
      { name: 'shop', goingSeconds: null, enforced: 'baseline' },
    ],
    fails: [{ name: 'shop', goingSeconds: null, enforced: 'privileged' }],
    says: /^shop: it enforces privileged$/,
  },
  {
    id: 'risky-pods',
    fact: 'riskyPods',
    passes: [],
    fails: [{ pod: 'shop/miner', why: 'it is privileged' }],
    says: /^shop\/miner: it is privileged$/,
  },
  {
    id: 'exposed-services',
    fact: 'exposedServices',
    passes: [],
    fails: [{ service: 'shop/web', how: 'NodePort on port 30080' }],
    says: /^shop\/web: NodePort on port 30080$/,
  },
];
