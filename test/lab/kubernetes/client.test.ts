import {
  AppsV1Api,
  CoreV1Api,
  PolicyV1Api,
  Watch,
  makeInformer,
  type V1ConfigMap,
  type V1Pod,
} from '@kubernetes/client-node';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import {
  aDeployment,
  addNode,
  eventually,
  startLabCluster,
  VERSION,
  type LabCluster,
} from './lab-cluster.js';

let cluster: LabCluster;
let core: CoreV1Api;
let apps: AppsV1Api;

beforeAll(async () => {
  cluster = await startLabCluster();
  core = cluster.config.makeApiClient(CoreV1Api);
  apps = cluster.config.makeApiClient(AppsV1Api);
  addNode(cluster, 'server-1', { roles: ['control-plane', 'etcd'] });
  addNode(cluster, 'worker-1');
});

afterAll(() => cluster.close());

function turn(from: V1ConfigMap, value: string): V1ConfigMap {
  return { metadata: from.metadata ?? {}, data: { turn: value } };
}

async function readyPods(namespace: string, count: number): Promise<V1Pod[]> {
  return eventually(async () => {
    const { items } = await core.listNamespacedPod({ namespace });
    const ready = items.filter(({ status }) =>
      status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
    );
    return ready.length === count && items.length === count ? items : undefined;
  });
}

describe('the Kubernetes client library', () => {
  test('reads nodes with their version, addresses and roles', async () => {
    const node = await core.readNode({ name: 'server-1' });

    expect(node.status?.nodeInfo?.kubeletVersion).toBe(VERSION);
    expect(node.status?.addresses).toContainEqual({ type: 'InternalIP', address: '10.0.0.5' });
    expect(node.metadata?.labels).toMatchObject({ 'node-role.kubernetes.io/control-plane': 'true' });
  });

  test('creates, patches and deletes a config map', async () => {
    const made = await core.createNamespacedConfigMap({
      namespace: 'default',
      body: { metadata: { generateName: 'settings-' }, data: { a: '1' } },
    });
    const name = made.metadata?.name ?? '';

    const patched = await core.patchNamespacedConfigMap({
      name,
      namespace: 'default',
      body: [{ op: 'add', path: '/data/b', value: '2' }],
    });
    await core.deleteNamespacedConfigMap({ name, namespace: 'default' });

    expect(name).toMatch(/^settings-[a-z0-9]{5}$/);
    expect(patched.data).toEqual({ a: '1', b: '2' });
    await expect(core.readNamespacedConfigMap({ name, namespace: 'default' })).rejects.toMatchObject({
      code: 404,
    });
  });

  test('refuses a replacement that was made from an older version', async () => {
    const body = { metadata: { name: 'contended' }, data: { turn: '0' } };
    const first = await core.createNamespacedConfigMap({ namespace: 'default', body });
    const request = { name: 'contended', namespace: 'default' };
    await core.replaceNamespacedConfigMap({ ...request, body: turn(first, '1') });

    const late = core.replaceNamespacedConfigMap({ ...request, body: turn(first, '2') });

    await expect(late).rejects.toMatchObject({ code: 409 });
  });

  test('watches objects come, change and go', async () => {
    const seen: string[] = [];
    const { metadata } = await core.listNamespacedConfigMap({ namespace: 'default' });
    const controller = await new Watch(cluster.config).watch(
      '/api/v1/namespaces/default/configmaps',
      { resourceVersion: metadata?.resourceVersion, fieldSelector: 'metadata.name=watched' },
      (phase) => seen.push(phase),
      () => undefined,
    );

    await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'watched' } } });
    await core.createNamespacedConfigMap({ namespace: 'default', body: { metadata: { name: 'unwatched' } } });
    await core.patchNamespacedConfigMap({
      name: 'watched',
      namespace: 'default',
      body: [{ op: 'add', path: '/data', value: { a: '1' } }],
    });
    await core.deleteNamespacedConfigMap({ name: 'watched', namespace: 'default' });
    await eventually(() => Promise.resolve(seen.includes('DELETED') ? true : undefined));
    controller.abort();

    expect(seen).toEqual(['ADDED', 'MODIFIED', 'DELETED']);
  });

  test('keeps an informer in step', async () => {
    const names = new Set<string>();
    const informer = makeInformer(cluster.config, '/api/v1/namespaces', () => core.listNamespace());
    informer.on('add', ({ metadata }) => names.add(metadata?.name ?? ''));
    await informer.start();

    await core.createNamespace({ body: { metadata: { name: 'informed' } } });
    await eventually(() => Promise.resolve(names.has('informed') ? true : undefined));
    await informer.stop();

    expect([...names]).toEqual(expect.arrayContaining(['default', 'kube-system', 'informed']));
  });

  test('gets pods for a deployment, and refuses evictions that a disruption budget forbids', async () => {
    await core.createNamespace({ body: { metadata: { name: 'guarded' } } });
    await apps.createNamespacedDeployment({ namespace: 'guarded', body: aDeployment('web', 2) });
    const [pod] = await readyPods('guarded', 2);
    const name = pod?.metadata?.name ?? '';
    const eviction = { name, namespace: 'guarded', body: { metadata: { name, namespace: 'guarded' } } };
    await cluster.config.makeApiClient(PolicyV1Api).createNamespacedPodDisruptionBudget({
      namespace: 'guarded',
      body: {
        metadata: { name: 'web' },
        spec: { minAvailable: 2, selector: { matchLabels: { app: 'web' } } },
      },
    });

    await expect(core.createNamespacedPodEviction(eviction)).rejects.toMatchObject({ code: 429 });
    await apps.patchNamespacedDeploymentScale({
      name: 'web',
      namespace: 'guarded',
      body: [{ op: 'replace', path: '/spec/replicas', value: 3 }],
    });
    await readyPods('guarded', 3);
    await core.createNamespacedPodEviction(eviction);
    const after = await readyPods('guarded', 3);

    expect(pod?.status?.podIP).toMatch(/^10\.42\./);
    expect(after.map(({ metadata }) => metadata?.name)).not.toContain(name);
  });

  test('lists a thousand objects at once, and in pages', async () => {
    await core.createNamespace({ body: { metadata: { name: 'crowded' } } });
    const body = (index: number) => ({ metadata: { name: `item-${index}` }, data: { index: String(index) } });
    for (let index = 0; index < 1_000; index += 50) {
      const batch = Array.from({ length: 50 }, (_, offset) => body(index + offset));
      await Promise.all(
        batch.map((item) => core.createNamespacedConfigMap({ namespace: 'crowded', body: item })),
      );
    }

    const all = await core.listNamespacedConfigMap({ namespace: 'crowded' });
    const names: (string | undefined)[] = [];
    let token: string | undefined;
    do {
      const page = await core.listNamespacedConfigMap({
        namespace: 'crowded',
        limit: 300,
        ...(token && { _continue: token }),
      });
      names.push(...page.items.map(({ metadata }) => metadata?.name));
      ({ _continue: token } = page.metadata ?? {});
    } while (token !== undefined);

    // Each namespace has kube-root-ca.crt too.
    expect(all.items).toHaveLength(1_001);
    expect(names).toEqual(all.items.map(({ metadata }) => metadata?.name));
  });
});
