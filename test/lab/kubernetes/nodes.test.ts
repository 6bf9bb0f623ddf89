import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aDeployment, addNode, call, eventually, startLabCluster, type LabCluster } from './lab-cluster.js';

let cluster: LabCluster;

beforeEach(async () => {
  cluster = await startLabCluster();
});

afterEach(() => cluster.close());

interface NodeJson {
  readonly metadata: {
    readonly labels: Record<string, string>;
    readonly annotations: Record<string, string>;
  };
  readonly spec: { readonly taints?: { key: string; effect: string }[]; readonly podCIDR: string };
  readonly status: {
    readonly conditions: { type: string; status: string; reason: string }[];
    readonly capacity: Record<string, string>;
  };
}

async function readNode(name: string): Promise<NodeJson> {
  return (await call(cluster, 'GET', `/api/v1/nodes/${name}`)).json as unknown as NodeJson;
}

async function condition(name: string, type: string) {
  return (await readNode(name)).status.conditions.find((candidate) => candidate.type === type);
}

async function taintKeys(name: string): Promise<string> {
  return ((await readNode(name)).spec.taints ?? []).map(({ key, effect }) => `${key}:${effect}`).join();
}

async function podsOn(node: string): Promise<{ metadata: { name: string }; status: { phase: string } }[]> {
  const { json } = await call(cluster, 'GET', `/api/v1/pods?fieldSelector=spec.nodeName=${node}`);
  return json['items'] as { metadata: { name: string }; status: { phase: string } }[];
}

describe('a node', () => {
  test('registers with what its machine has, and is not Ready before it is said to be', async () => {
    cluster.plane.registerNode({
      name: 'server-1',
      internalIp: '10.0.0.5',
      version: 'v1.32.0+k3s1',
      labels: { zone: 'a' },
      taints: [{ key: 'dedicated', value: 'db', effect: 'NoSchedule' }],
      cores: 2,
      memoryMiB: 4_096,
      roles: ['control-plane', 'etcd'],
      etcd: 'learner',
    });
    const node = await readNode('server-1');

    expect(node.metadata.labels).toMatchObject({
      'kubernetes.io/hostname': 'server-1',
      'node-role.kubernetes.io/etcd': 'true',
      zone: 'a',
    });
    expect(node.metadata.annotations).toMatchObject({ 'etcd.k3s.cattle.io/node-address': '10.0.0.5' });
    expect(node.status.capacity).toMatchObject({ cpu: '2', memory: '4194304Ki', pods: '110' });
    expect(await condition('server-1', 'Ready')).toMatchObject({
      status: 'False',
      reason: 'KubeletNotReady',
    });
    expect(await condition('server-1', 'EtcdIsVoter')).toMatchObject({
      status: 'False',
      reason: 'MemberIsLearner',
    });
  });

  test('that is heard again is no longer unknown, and not Ready before it is said to be', async () => {
    const registration = {
      name: 'server-1',
      internalIp: '10.0.0.5',
      version: 'v1.32.0',
      labels: {},
      taints: [],
    };
    const register = (): void =>
      cluster.plane.registerNode({ ...registration, cores: 2, memoryMiB: 4_096, roles: [] });
    register();
    cluster.plane.setNodeReady('server-1', false, 'NodeStatusUnknown');
    expect(await condition('server-1', 'Ready')).toMatchObject({ status: 'Unknown' });

    register();

    expect(await condition('server-1', 'Ready')).toMatchObject({
      status: 'False',
      reason: 'KubeletNotReady',
    });
  });

  test('is promoted from learner to voter', async () => {
    addNode(cluster, 'server-1', { etcd: 'learner' });
    cluster.plane.setEtcdVoter('server-1', true);

    expect(await condition('server-1', 'EtcdIsVoter')).toMatchObject({
      status: 'True',
      reason: 'MemberNotLearner',
    });
  });

  test('carries the taints of its condition, beside those that it has of its own', async () => {
    addNode(cluster, 'worker-1', { taints: [{ key: 'own', value: '', effect: 'NoSchedule' }] });
    await eventually(async () => ((await taintKeys('worker-1')) === 'own:NoSchedule' ? true : undefined));

    cluster.plane.setNodeReady('worker-1', false);
    const lost = await eventually(async () => {
      const keys = await taintKeys('worker-1');
      return keys.includes('not-ready') ? keys : undefined;
    });
    cluster.plane.setNodeReady('worker-1', true);
    const back = await eventually(async () =>
      (await taintKeys('worker-1')) === 'own:NoSchedule' ? true : undefined,
    );

    expect(lost).toBe(
      'own:NoSchedule,node.kubernetes.io/not-ready:NoSchedule,node.kubernetes.io/not-ready:NoExecute',
    );
    expect(back).toBe(true);
  });

  test('says that nothing is known of it when its kubelet has gone silent', async () => {
    addNode(cluster, 'worker-1');
    cluster.plane.setNodeReady('worker-1', false, 'NodeStatusUnknown');

    expect(await condition('worker-1', 'Ready')).toMatchObject({
      status: 'Unknown',
      reason: 'NodeStatusUnknown',
    });
  });

  test('keeps what people changed when it registers anew with another version', async () => {
    addNode(cluster, 'worker-1');
    await call(cluster, 'PATCH', '/api/v1/nodes/worker-1', {
      headers: { 'content-type': 'application/merge-patch+json' },
      body: { metadata: { labels: { rack: '7' } } },
    });
    addNode(cluster, 'worker-1', { version: 'v1.33.1+k3s1' });
    const { json } = await call(cluster, 'GET', '/api/v1/nodes/worker-1');

    expect(json).toMatchObject({
      metadata: { labels: { rack: '7' } },
      status: { nodeInfo: { kubeletVersion: 'v1.33.1+k3s1' } },
    });
  });

  test('has a pod network of its own', async () => {
    addNode(cluster, 'worker-1');
    addNode(cluster, 'worker-2');

    expect((await readNode('worker-1')).spec.podCIDR).toBe('10.42.0.0/24');
    expect((await readNode('worker-2')).spec.podCIDR).toBe('10.42.1.0/24');
  });

  test('takes its pods with it when it is deleted, and comes back only when it registers', async () => {
    addNode(cluster, 'worker-1');
    addNode(cluster, 'worker-2');
    await call(cluster, 'POST', '/apis/apps/v1/namespaces/default/deployments', {
      body: aDeployment('web', 4),
    });
    await eventually(async () => ((await podsOn('worker-1')).length === 2 ? true : undefined));

    await call(cluster, 'DELETE', '/api/v1/nodes/worker-1');
    const moved = await eventually(async () => {
      const pods = await podsOn('worker-2');
      return pods.length === 4 && pods.every(({ status }) => status.phase === 'Running') ? pods : undefined;
    });
    cluster.plane.setNodeReady('worker-1', true);

    expect(moved).toHaveLength(4);
    expect(await podsOn('worker-1')).toEqual([]);
    expect(cluster.plane.nodeNames()).toEqual(['worker-2']);
  });
});
