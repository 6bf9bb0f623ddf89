import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { addNode, call, eventually, startLabCluster, type LabCluster } from './lab-cluster.js';

let cluster: LabCluster;

beforeEach(async () => {
  cluster = await startLabCluster();
});

afterEach(() => cluster.close());

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps';

describe('a control plane without a quorum', () => {
  test('answers everything but /livez with an error', async () => {
    cluster.plane.setQuorum(false);
    const statuses = await Promise.all(
      ['/api/v1/nodes', '/readyz', '/version', '/livez'].map(
        async (path) => (await call(cluster, 'GET', path)).status,
      ),
    );
    const { json } = await call(cluster, 'GET', '/api/v1/nodes');

    expect(statuses).toEqual([500, 500, 500, 200]);
    expect(json).toMatchObject({ kind: 'Status', code: 500, message: 'etcdserver: no leader' });
  });

  test('hears of its nodes once it has a quorum again', async () => {
    cluster.plane.setQuorum(false);
    addNode(cluster, 'worker-1');
    const without = cluster.plane.nodeNames();
    cluster.plane.setQuorum(true);

    expect(without).toEqual([]);
    expect(cluster.plane.nodeNames()).toEqual(['worker-1']);
  });
});

describe('a fault', () => {
  test('before a call keeps it from taking effect', async () => {
    cluster.faults.add({
      target: 'kubernetes',
      stage: 'before',
      match: `^edge: POST ${CONFIG_MAPS}$`,
      effect: { kind: 'status', status: 503, message: 'out of order' },
    });
    const refused = await call(cluster, 'POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } });
    const again = await call(cluster, 'POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } });

    expect(refused.json).toMatchObject({ code: 503, message: 'out of order' });
    expect(again.status).toBe(201);
  });

  test('after a call loses the answer, not the effect', async () => {
    cluster.faults.add({ target: 'kubernetes', stage: 'after', match: 'POST', effect: { kind: 'drop' } });
    const lost = call(cluster, 'POST', CONFIG_MAPS, { body: { metadata: { name: 'a' } } });

    await expect(lost).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect((await call(cluster, 'GET', `${CONFIG_MAPS}/a`)).status).toBe(200);
  });

  test('that holds a call lets it go on when it is removed', async () => {
    const id = cluster.faults.add({
      target: 'kubernetes',
      stage: 'before',
      match: 'GET',
      effect: { kind: 'hold' },
    });
    const held = call(cluster, 'GET', CONFIG_MAPS);
    await cluster.faults.hit(id);
    cluster.faults.remove(id);

    expect((await held).status).toBe(200);
  });
});

describe('a specification that nobody can work with', () => {
  test('leaves the rest of the cluster at work', async () => {
    addNode(cluster, 'worker-1');
    const body = {
      metadata: { name: 'odd' },
      spec: {
        containers: [{ name: 'a', image: 'b', resources: 'none' }],
        affinity: { nodeAffinity: 7 },
        volumes: [null],
      },
    };
    await call(cluster, 'POST', '/api/v1/namespaces/default/pods', { body });
    const plain = { metadata: { name: 'plain' }, spec: { containers: [{ name: 'a', image: 'b' }] } };
    await call(cluster, 'POST', '/api/v1/namespaces/default/pods', { body: plain });

    const phase = await eventually(async () => {
      const { json } = await call(cluster, 'GET', '/api/v1/namespaces/default/pods/plain');
      const { phase: now } = json['status'] as { phase: string };
      return now === 'Running' ? now : undefined;
    });

    expect(phase).toBe('Running');
  });
});
