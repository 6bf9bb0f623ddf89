import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AppsV1Api, CoreV1Api, PolicyV1Api, type V1Pod, type V1PodSpec } from '@kubernetes/client-node';
import { MockActivityEnvironment } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import {
  createKubernetesActivities,
  type KubernetesActivities,
} from '../../../activities/kubernetes/activities.js';
import type { DrainResult } from '../../../activities/kubernetes/drain.js';
import { addNode, eventually, startLabCluster, type LabCluster } from '../../lab/kubernetes/lab-cluster.js';
import { aStore } from '../../store/store-builder.js';

const NAMESPACE = 'default';
const clusterUid = randomUUID();
let cluster: LabCluster;
let activities: KubernetesActivities;
let core: CoreV1Api;
let apps: AppsV1Api;

beforeAll(async () => {
  cluster = await startLabCluster();
  core = cluster.config.makeApiClient(CoreV1Api);
  apps = cluster.config.makeApiClient(AppsV1Api);
});

beforeEach(async () => {
  const store = await aStore();
  await store.secrets.put(clusterUid, 'kubeconfig', cluster.kubeconfig);
  activities = createKubernetesActivities({ store, proxyUrl: null });
});

afterAll(() => cluster.close());

function anEnvironment(): MockActivityEnvironment & { heard: (pattern: RegExp) => Promise<void> } {
  const environment = new MockActivityEnvironment(
    { scheduledTimestampMs: Date.now() },
    { logger: new DefaultLogger('ERROR') },
  );
  const said: string[] = [];
  environment.on('heartbeat', (details: unknown) => void said.push(String(details)));
  const heard = (pattern: RegExp): Promise<void> =>
    eventually(async () => (said.some((line) => pattern.test(line)) ? true : undefined)).then(
      () => undefined,
    );
  return Object.assign(environment, { heard });
}

function drain(node: string, environment = anEnvironment(), timeoutSeconds = 120): Promise<DrainResult> {
  const request = { clusterUid, node, timeoutSeconds, gracePeriodSeconds: null };
  return environment.run(activities.drainNode, request);
}

async function workload(name: string, replicas: number, spec: Partial<V1PodSpec> = {}): Promise<void> {
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'main', image: 'nginx' }], ...spec },
  };
  const body = { metadata: { name }, spec: { replicas, selector: { matchLabels: labels }, template } };
  await apps.createNamespacedDeployment({ namespace: NAMESPACE, body });
  await running(name, replicas);
}

async function barePod(name: string, nodeName: string): Promise<void> {
  const body = { metadata: { name }, spec: { nodeName, containers: [{ name: 'main', image: 'nginx' }] } };
  await core.createNamespacedPod({ namespace: NAMESPACE, body });
  await eventually(async () => (await readPod(name))?.status?.phase === 'Running' || undefined);
}

function running(app: string, count: number): Promise<V1Pod[]> {
  return eventually(async () => {
    const { items } = await core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: `app=${app}` });
    const up = items.filter(
      ({ status, metadata }) => status?.phase === 'Running' && metadata?.deletionTimestamp === undefined,
    );
    return up.length === count ? up : undefined;
  });
}

async function readPod(name: string): Promise<V1Pod | undefined> {
  return core.readNamespacedPod({ namespace: NAMESPACE, name }).catch(() => undefined);
}

async function on(node: string): Promise<string[]> {
  const { items } = await core.listPodForAllNamespaces({ fieldSelector: `spec.nodeName=${node}` });
  return items.map(({ metadata }) => metadata?.name ?? '');
}

async function budget(name: string, minAvailable: number): Promise<void> {
  const spec = { minAvailable, selector: { matchLabels: { app: name } } };
  await cluster.config
    .makeApiClient(PolicyV1Api)
    .createNamespacedPodDisruptionBudget({ namespace: NAMESPACE, body: { metadata: { name }, spec } });
}

describe('a cordon', () => {
  test('keeps pods away until it is taken back, however often either is asked for', async () => {
    addNode(cluster, 'cordon-1');
    const request = { clusterUid, node: 'cordon-1' };
    const uid = (await core.readNode({ name: 'cordon-1' })).metadata?.uid;

    expect(await activities.cordonNode(request)).toEqual({ uid });
    expect(await activities.cordonNode(request)).toEqual({ uid });
    await eventually(async () => {
      const { spec } = await core.readNode({ name: 'cordon-1' });
      return spec?.taints?.some(({ key }) => key === 'node.kubernetes.io/unschedulable') || undefined;
    });
    await activities.uncordonNode(request);
    await activities.uncordonNode(request);

    expect((await core.readNode({ name: 'cordon-1' })).spec?.unschedulable).toBeUndefined();
    await activities.cordonNode(request);
  });

  test('of a node that is not there is no work, and taking it back is an error', async () => {
    const request = { clusterUid, node: 'nobody' };

    expect(await activities.cordonNode(request)).toEqual({ uid: null });
    await expect(activities.uncordonNode(request)).rejects.toMatchObject({ code: 'NODE_NOT_READY' });
  });
});

describe('a drain', () => {
  test('moves pods to other nodes, and says what is lost with them', async () => {
    addNode(cluster, 'drain-1', { labels: { pool: 'a' } });
    await workload('scratch', 2, {
      nodeSelector: { pool: 'a' },
      volumes: [{ name: 'cache', emptyDir: {} }],
    });
    await barePod('alone', 'drain-1');
    addNode(cluster, 'drain-2', { labels: { pool: 'a' } });

    const result = await drain('drain-1');

    expect(await on('drain-1')).toEqual([]);
    const [one, two] = await running('scratch', 2);
    expect([one?.spec?.nodeName, two?.spec?.nodeName]).toEqual(['drain-2', 'drain-2']);
    expect(result.nodeUid).toBe((await core.readNode({ name: 'drain-1' })).metadata?.uid);
    expect(result.left).toEqual([]);
    expect(result.evicted).toHaveLength(3);
    expect(result.evicted).toContain('default/alone');
    expect(result.warnings).toContain('default/alone belongs to no controller, so nothing starts it again');
    expect(
      result.warnings.filter((line) => line.endsWith('loses what is in its emptyDir cache')),
    ).toHaveLength(2);
  });

  test('leaves the pods of DaemonSets and static pods where they are', async () => {
    addNode(cluster, 'stay-1', { labels: { pool: 'stay' } });
    const labels = { app: 'agent' };
    const spec = { nodeSelector: { pool: 'stay' }, containers: [{ name: 'main', image: 'agent' }] };
    await apps.createNamespacedDaemonSet({
      namespace: NAMESPACE,
      body: {
        metadata: { name: 'agent' },
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
      },
    });
    await running('agent', 1);
    await core.createNamespacedPod({
      namespace: NAMESPACE,
      body: {
        metadata: { name: 'static', annotations: { 'kubernetes.io/config.mirror': 'abc' } },
        spec: { nodeName: 'stay-1', containers: [{ name: 'main', image: 'etcd' }] },
      },
    });

    expect(await drain('stay-1')).toMatchObject({ evicted: [], left: [], warnings: [] });
    expect((await on('stay-1')).length).toBe(2);
  });

  test('waits for a disruption budget, says which one, and goes on when it lets go', async () => {
    addNode(cluster, 'budget-1', { labels: { pool: 'budget' } });
    await workload('guarded', 2, { nodeSelector: { pool: 'budget' } });
    await budget('guarded', 2);
    const environment = anEnvironment();

    const draining = drain('budget-1', environment);
    await environment.heard(
      /default\/guarded-\S+: The disruption budget guarded needs 2 healthy pods and has 2/,
    );
    addNode(cluster, 'budget-2', { labels: { pool: 'budget' } });
    await apps.patchNamespacedDeploymentScale({
      name: 'guarded',
      namespace: NAMESPACE,
      body: [{ op: 'replace', path: '/spec/replicas', value: 3 }],
    });
    const { evicted } = await draining;

    expect(evicted).toHaveLength(2);
    const pods = await running('guarded', 3);
    expect(pods.map(({ spec }) => spec?.nodeName)).toEqual(['budget-2', 'budget-2', 'budget-2']);
  });

  test('names budget and pods when the time is over, and leaves the node cordoned', async () => {
    addNode(cluster, 'stuck-1', { labels: { pool: 'stuck' } });
    await workload('stuck', 1, { nodeSelector: { pool: 'stuck' } });
    await budget('stuck', 1);

    await expect(drain('stuck-1', anEnvironment(), 0)).rejects.toMatchObject({
      code: 'DRAIN_BLOCKED',
      message: expect.stringMatching(
        /^stuck-1: default\/stuck-\S+: The disruption budget stuck needs 1 healthy pods and has 1 currently$/,
      ),
    });
    expect((await core.readNode({ name: 'stuck-1' })).spec?.unschedulable).toBe(true);
    expect(await on('stuck-1')).toHaveLength(1);
  });

  test('says that no budget can be met where a pod has two', async () => {
    addNode(cluster, 'two-1', { labels: { pool: 'two' } });
    await workload('two', 1, { nodeSelector: { pool: 'two' } });
    await budget('two', 0);
    const second = { minAvailable: 0, selector: { matchLabels: { app: 'two' } } };
    await cluster.config.makeApiClient(PolicyV1Api).createNamespacedPodDisruptionBudget({
      namespace: NAMESPACE,
      body: { metadata: { name: 'two-again' }, spec: second },
    });

    await expect(drain('two-1', anEnvironment(), 0)).rejects.toMatchObject({
      code: 'DRAIN_BLOCKED',
      message: expect.stringMatching(/more than one PodDisruptionBudget/),
    });
  });

  test('does not wait for a kubelet that is silent, and names what it may still run', async () => {
    addNode(cluster, 'silent-1');
    await barePod('orphan', 'silent-1');
    cluster.plane.setNodeReady('silent-1', false, 'NodeStatusUnknown');

    const result = await drain('silent-1');

    expect(result).toMatchObject({ evicted: ['default/orphan'], left: ['default/orphan'] });
    expect((await readPod('orphan'))?.metadata?.deletionTimestamp).toBeDefined();
  });

  test('of a node that is gone is over', async () => {
    expect(await drain('nobody')).toEqual({ nodeUid: null, evicted: [], left: [], warnings: [] });
  });

  test('can be cancelled, and repeated', async () => {
    addNode(cluster, 'again-1', { labels: { pool: 'again' } });
    await workload('again', 1, { nodeSelector: { pool: 'again' } });
    await budget('again', 1);
    const environment = anEnvironment();

    const first = drain('again-1', environment);
    await environment.heard(/disruption budget again/);
    environment.cancel('CANCELLED');
    await expect(first).rejects.toMatchObject({ name: 'CancelledFailure' });
    await cluster.config
      .makeApiClient(PolicyV1Api)
      .deleteNamespacedPodDisruptionBudget({ name: 'again', namespace: NAMESPACE });

    expect((await drain('again-1')).evicted).toHaveLength(1);
  });
});

describe('the removal of a node', () => {
  const remove = (node: string, uid?: string | null) =>
    anEnvironment().run(activities.removeNodeObject, {
      clusterUid,
      node,
      ...(uid === undefined ? {} : { uid }),
    });

  test('takes the node that was drained with its last pods, once', async () => {
    addNode(cluster, 'gone-1');
    await barePod('left-behind', 'gone-1');
    const { uid } = await activities.cordonNode({ clusterUid, node: 'gone-1' });

    await remove('gone-1', uid);
    await remove('gone-1', uid);

    expect(cluster.plane.nodeNames()).not.toContain('gone-1');
    await eventually(async () => ((await readPod('left-behind')) === undefined ? true : undefined));
  });

  test('leaves a node that has registered anew under the name', async () => {
    addNode(cluster, 'anew-1');
    const { uid } = await activities.cordonNode({ clusterUid, node: 'anew-1' });
    await core.deleteNode({ name: 'anew-1' });
    addNode(cluster, 'anew-1');

    await expect(remove('anew-1', uid)).rejects.toMatchObject({ code: 'NODE_NOT_THE_SAME' });
    expect(cluster.plane.nodeNames()).toContain('anew-1');
  });

  test('leaves a node that takes pods', async () => {
    addNode(cluster, 'busy-1');

    await expect(remove('busy-1')).rejects.toMatchObject({ code: 'NODE_NOT_CORDONED' });
  });

  test('waits for those who hold it, and names them', async () => {
    addNode(cluster, 'held-1');
    await core.patchNode({
      name: 'held-1',
      body: [
        { op: 'add', path: '/metadata/finalizers', value: ['wrangler.cattle.io/managed-etcd-controller'] },
      ],
    });
    await activities.cordonNode({ clusterUid, node: 'held-1' });
    const environment = anEnvironment();

    const removal = environment.run(activities.removeNodeObject, { clusterUid, node: 'held-1' });
    await environment.heard(/node held-1 is held by wrangler.cattle.io\/managed-etcd-controller/);
    await core.patchNode({ name: 'held-1', body: [{ op: 'remove', path: '/metadata/finalizers' }] });
    await removal;

    expect(cluster.plane.nodeNames()).not.toContain('held-1');
  });
});
