import type { NodeFact, WorkloadFact } from '../../../../domain/validation/facts/kubernetes.js';
import { seen, unseen } from '../../../../domain/validation/verdict.js';
import { SERVERS, WORKER } from '../subject.js';
import { aNodeGroup } from '../../../builders/definition.js';
import type { Case } from './case.js';

const NAMES = [...SERVERS, WORKER].map(({ name }) => name);

const nodes = (change: Partial<NodeFact> = {}): NodeFact[] =>
  NAMES.map((name, index) => ({
    ...{ name, ready: true, why: '', pressures: [], cordoned: false, votes: index < 3 ? true : null },
    ...(index === 0 ? change : {}),
  }));

const ofNode = (id: string, wrong: Partial<NodeFact>, says: RegExp): Case => ({
  ...{ id, fact: 'nodes', passes: nodes(), fails: nodes(wrong), says },
});

const WORKLOAD: WorkloadFact = { name: 'Deployment kube-system/coredns', wanted: 2, available: 2 };
const LATE = { ...WORKLOAD, available: 1 };
const waiting = (seconds: number) => [{ name: 'web/shop', seconds, why: 'no room' }];
const DONE = { kind: 'done', detail: 'it runs' } as const;
const FAILED = { kind: 'failed', detail: 'it does not' } as const;
const TALOS = {
  type: 'TALOS',
  nodeGroups: [aNodeGroup()],
  services: [],
} as const;
const ROTATED = [{ machine: NAMES[0] ?? '', seen: seen({ serviceProblems: [], etcdProblem: null }) }];

export const KUBERNETES_CASES: readonly Case[] = [
  {
    id: 'api-ready',
    fact: 'apiChecks',
    passes: [{ name: 'etcd', ok: true }],
    fails: [
      { name: 'ping', ok: true },
      { name: 'etcd', ok: false },
    ],
    says: /^etcd: it fails$/,
  },
  ofNode(
    'node-readiness',
    { ready: false, why: 'kubelet stopped' },
    /^edge-server-1: it is not Ready: kubelet/,
  ),
  ofNode('node-conditions', { pressures: ['DiskPressure'] }, /^edge-server-1: it reports DiskPressure$/),
  ofNode('nodes-schedulable', { cordoned: true }, /^edge-server-1: it takes no new pods$/),
  ofNode('nodes-known', { name: 'stranger' }, /^stranger: no machine of the cluster/),
  ofNode('etcd-votes', { votes: false }, /^edge-server-1: it is a learner/),
  {
    id: 'cluster-operators',
    fact: 'operatorProblems',
    passes: [],
    fails: ['cluster operator etcd is Degraded'],
    says: /cluster operator etcd is Degraded/,
    definition: { type: 'OKD' },
  },
  {
    id: 'core-components',
    fact: 'systemWorkloads',
    passes: [WORKLOAD],
    fails: [LATE],
    says: /^Deployment kube-system\/coredns: 1 of 2 pods are available$/,
  },
  {
    id: 'workloads-available',
    fact: 'userWorkloads',
    passes: [WORKLOAD],
    fails: [LATE],
    says: /1 of 2 pods are available/,
  },
  {
    id: 'core-restarts',
    fact: 'systemPods',
    passes: [{ name: 'kube-system/a', waiting: null, restarts: 2 }],
    fails: [{ name: 'kube-system/a', waiting: 'CrashLoopBackOff: back-off', restarts: 30 }],
    says: /^kube-system\/a: CrashLoopBackOff/,
  },
  {
    id: 'cluster-dns',
    fact: 'dnsEndpoints',
    passes: { ready: 2 },
    fails: { ready: 0 },
    says: /^cluster DNS: no pod is ready/,
  },
  {
    id: 'version-skew',
    fact: 'versions',
    passes: { api: 'v1.32.0+k3s1', nodes: [{ name: 'a', version: 'v1.29.4' }] },
    fails: { api: 'v1.32.0+k3s1', nodes: [{ name: 'a', version: 'v1.33.0' }] },
    says: /^a: its kubelet v1.33.0 is newer/,
  },
  {
    id: 'pending-certificates',
    fact: 'pendingRequests',
    passes: waiting(30),
    fails: waiting(90),
    says: /^web\/shop: it has waited for 90 s: no room$/,
  },
  {
    id: 'pending-pods',
    fact: 'pendingPods',
    passes: waiting(200),
    fails: waiting(600),
    says: /it has waited for 10 min/,
  },
  {
    id: 'pending-claims',
    fact: 'pendingClaims',
    passes: [],
    fails: waiting(600),
    says: /it has waited for 10 min/,
  },
  {
    id: 'namespaces-going',
    fact: 'namespaces',
    passes: [{ name: 'shop', goingSeconds: 20, enforced: null }],
    fails: [{ name: 'shop', goingSeconds: 900, enforced: null }],
    says: /^shop: it has been going for 15 min$/,
  },
  {
    id: 'default-storage-class',
    fact: 'defaultStorageClasses',
    passes: ['local-path'],
    fails: ['local-path', 'fast'],
    says: /local-path and fast are the default/,
  },
  ...(['Scheduled', 'Resolved', 'Ingress', 'Removed'] as const).map((step): Case => ({
    id: `canary-${step.toLowerCase()}`,
    fact: `canary${step}`,
    passes: DONE,
    fails: FAILED,
    says: /^canary: it does not$/,
  })),
  {
    id: 'talos-reachable',
    fact: 'talos',
    passes: ROTATED,
    fails: [{ machine: 'edge-server-1', seen: unseen('no answer') }],
    says: /^edge-server-1: no answer$/,
    definition: TALOS,
  },
  {
    id: 'talos-services',
    fact: 'talos',
    passes: ROTATED,
    fails: [
      { machine: 'edge-server-1', seen: seen({ serviceProblems: ['kubelet is Failed'], etcdProblem: null }) },
    ],
    says: /kubelet is Failed/,
    definition: TALOS,
  },
  {
    id: 'talos-etcd',
    fact: 'talos',
    passes: ROTATED,
    fails: [
      { machine: 'edge-server-1', seen: seen({ serviceProblems: [], etcdProblem: 'etcd has no leader' }) },
    ],
    says: /etcd has no leader/,
    definition: TALOS,
  },
  {
    id: 'node-usage',
    fact: 'nodeUsage',
    passes: [{ name: 'a', cpuShare: 0.2, memoryShare: 0.5 }],
    fails: [{ name: 'a', cpuShare: 0.95, memoryShare: 0.5 }],
    says: /^a: pods use 95 % of its processors$/,
  },
  {
    id: 'api-latency',
    fact: 'apiLatencies',
    passes: [10, 12, 14],
    fails: [10, 12, 2_500],
    says: /^API: it takes 2500 ms/,
  },
  {
    id: 'api-latency-baseline',
    fact: 'apiLatencies',
    passes: [40, 40, 40],
    fails: [400, 400, 400],
    says: /^API: 400 ms, and usually 40 ms$/,
    baseline: { apiLatencyMs: 40 },
  },
];
