import { AppsV1Api, CoreV1Api, RbacAuthorizationV1Api, type V1Pod } from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createKubernetesValidation } from '../../../activities/validation/activities.js';
import type { CheckResult } from '../../../domain/validation/result.js';
import { SERVERS, WORKER } from '../../domain/validation/subject.js';
import { addNode, eventually, startLabCluster, type LabCluster } from '../../lab/kubernetes/lab-cluster.js';
import { aStore } from '../../store/store-builder.js';
import { aRequest, CLUSTER_UID, evidenceOf, inActivity, statuses } from './observe-request.js';

async function aCluster(): Promise<LabCluster> {
  const cluster = await startLabCluster({
    components: ['coredns', 'local-storage', 'traefik', 'metrics-server'],
  });
  for (const { name } of [...SERVERS, WORKER])
    addNode(cluster, name, SERVERS.some((server) => server.name === name) ? { etcd: 'voter' } : {});
  const apps = cluster.config.makeApiClient(AppsV1Api);
  await eventually(async () => {
    const { items } = await apps.listDeploymentForAllNamespaces();
    const isUp = items.length === 4 && items.every(({ status }) => status?.availableReplicas === 1);
    return isUp || undefined;
  });
  return cluster;
}

/** The store goes with the test that made it. */
async function validate(cluster: LabCluster): Promise<CheckResult[]> {
  const store = await aStore();
  await store.secrets.put(CLUSTER_UID, 'kubeconfig', cluster.kubeconfig);
  const activities = createKubernetesValidation({ store, proxyUrl: null, imageMirror: null });
  return inActivity(() => activities.validateKubernetes(aRequest('KUBERNETES')));
}

describe('a cluster that is sound', () => {
  let cluster: LabCluster;
  beforeAll(async () => {
    cluster = await aCluster();
  });
  afterAll(() => cluster.close());

  test('passes, but for what was never set up in it', async () => {
    const results = await validate(cluster);

    expect(results.length).toBeGreaterThan(20);
    const others = results.filter(({ status }) => status !== 'passed');
    expect(statuses(others)).toEqual({
      'api-latency-baseline': 'skipped',
      // The lab serves no metrics of nodes.
      'node-usage': 'unknown',
      'pod-security': 'failed',
    });
    expect(results.find(({ id }) => id === 'api-latency')?.measures).toEqual({
      apiLatencyMs: expect.any(Number),
    });
  });

  test('shows of many that are wrong some, and how many more', async () => {
    for (let index = 0; index < 40; index += 1) addNode(cluster, `more-${index}`);

    const results = await validate(cluster);

    expect(evidenceOf(results, 'nodes-known')).toHaveLength(26);
    expect(evidenceOf(results, 'nodes-known').at(-1)).toBe('and 15 more');
  });
});

describe('a cluster that is not', () => {
  let cluster: LabCluster;
  let results: CheckResult[];
  beforeAll(async () => {
    cluster = await aCluster();
    await spoil(cluster);
    results = await validate(cluster);
  });
  afterAll(() => cluster.close());

  test.each([
    ['node-readiness', /^edge-worker-1: it is not Ready/],
    ['nodes-schedulable', /^edge-server-2: it takes no new pods$/],
    ['node-conditions', /^edge-server-2: it reports DiskPressure$/],
    ['etcd-votes', /^edge-server-3: it is a learner/],
    ['anonymous-bindings', /^ClusterRoleBinding open: User system:anonymous has the role view$/],
    ['rbac-wildcards', /^ClusterRole everything/],
    ['rbac-cluster-admin', /^ClusterRoleBinding mine: User alice is cluster-admin$/],
    ['risky-pods', /^shop\/miner: it is privileged, it mounts \/ of its node$/],
    ['exposed-services', /^shop\/web: NodePort on port \d+$/],
    ['workloads-available', /^Deployment shop\/web: 0 of 2 pods are available$/],
    ['pod-security', /^default: it enforces nothing$/],
  ])('fails %s', (id, says) => {
    expect(statuses(results)[id]).toBe('failed');
    expect(evidenceOf(results, id).some((each) => says.test(each))).toBe(true);
  });
});

test('an API that does not answer fails one check, and leaves the others unknown', async () => {
  const cluster = await aCluster();
  await cluster.close();

  const results = await validate(cluster);

  const { 'api-availability': api, ...others } = statuses(results);
  expect(api).toBe('failed');
  expect(new Set(Object.values(others))).toEqual(new Set(['unknown']));
});

test('an API without a quorum is told from one that is away', async () => {
  const cluster = await aCluster();
  cluster.plane.setQuorum(false);

  const results = await validate(cluster);
  await cluster.close();

  expect(statuses(results)).toMatchObject({ 'node-readiness': 'unknown' });
  expect(evidenceOf(results, 'api-availability')[0]).toMatch(/etcdserver: no leader/);
});

async function spoil({ plane, config }: LabCluster): Promise<void> {
  const core = config.makeApiClient(CoreV1Api);
  const rbac = config.makeApiClient(RbacAuthorizationV1Api);
  const [, second, third] = SERVERS;
  plane.setNodeReady(WORKER.name, false, 'NodeStatusUnknown');
  plane.setEtcdVoter(third?.name ?? '', false);
  const name = second?.name ?? '';
  const cordoned = await core.readNode({ name });
  cordoned.spec = { unschedulable: true };
  await core.replaceNode({ name, body: cordoned });
  const pressed = await core.readNode({ name });
  const disk = pressed.status?.conditions?.find(({ type }) => type === 'DiskPressure');
  if (disk !== undefined) disk.status = 'True';
  await core.replaceNodeStatus({ name, body: pressed });
  const role = { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole' };
  const user = { apiGroup: 'rbac.authorization.k8s.io', kind: 'User' };
  await rbac.createClusterRole({
    body: {
      metadata: { name: 'everything' },
      rules: [{ apiGroups: ['*'], resources: ['*'], verbs: ['*'] }],
    },
  });
  await rbac.createClusterRoleBinding({
    body: {
      metadata: { name: 'open' },
      roleRef: { ...role, name: 'view' },
      subjects: [{ ...user, name: 'system:anonymous' }],
    },
  });
  await rbac.createClusterRoleBinding({
    body: {
      metadata: { name: 'mine' },
      roleRef: { ...role, name: 'cluster-admin' },
      subjects: [{ ...user, name: 'alice' }],
    },
  });
  await core.createNamespace({ body: { metadata: { name: 'shop' } } });
  await core.createNamespacedPod({ namespace: 'shop', body: MINER });
  await core.createNamespacedService({
    namespace: 'shop',
    body: { metadata: { name: 'web' }, spec: { type: 'NodePort', ports: [{ port: 80 }] } },
  });
  const labels = { app: 'web' };
  await config.makeApiClient(AppsV1Api).createNamespacedDeployment({
    namespace: 'shop',
    body: {
      metadata: { name: 'web' },
      spec: {
        replicas: 2,
        selector: { matchLabels: labels },
        template: {
          metadata: { labels },
          spec: { nodeSelector: { nobody: 'has-this' }, containers: [{ name: 'web', image: 'web:1' }] },
        },
      },
    },
  });
}

const MINER: V1Pod = {
  metadata: { name: 'miner' },
  spec: {
    containers: [{ name: 'miner', image: 'miner:1', securityContext: { privileged: true } }],
    volumes: [{ name: 'root', hostPath: { path: '/' } }],
  },
};
