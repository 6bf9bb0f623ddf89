import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { clusterOperatorProblems } from '../../../activities/kubernetes/cluster-operators.js';
import { ensureNodeMarks } from '../../../activities/kubernetes/node-marks.js';
import { defineOperators, settleOperators } from '../../../lab/guest/okd/operators.js';
import { addNode, call, startLabCluster, type LabCluster } from '../../lab/kubernetes/lab-cluster.js';

let cluster: LabCluster;

beforeAll(async () => {
  cluster = await startLabCluster();
  defineOperators(cluster.plane.objects);
});

afterAll(() => cluster.close());

const settle = (isBootstrapped: boolean, takesWork: boolean): void =>
  settleOperators(cluster.plane.objects, { version: '4.19.0', isBootstrapped, takesWork });

describe('the operators of a cluster', () => {
  test('are missed where there are none yet', async () => {
    expect(await clusterOperatorProblems(cluster.config)).toEqual([
      'there is no cluster version yet',
      'there are no cluster operators yet',
    ]);
  });

  test('say what they wait for, and nothing when they are done', async () => {
    settle(true, false);
    const waiting = await clusterOperatorProblems(cluster.config);
    settle(true, true);

    expect(waiting).toContain('cluster operator ingress is not Available (Waiting: WaitingForNodes)');
    expect(waiting).toContain('cluster operator ingress is Progressing (Waiting: WaitingForNodes)');
    expect(waiting.find((problem) => /version is not Available/.test(problem))).toMatch(
      /Working towards 4\.19\.0: waiting on ingress, authentication/,
    );
    expect(waiting.join()).not.toContain('etcd');
    expect(await clusterOperatorProblems(cluster.config)).toEqual([]);
  });

  test('are a problem when they are Available and Degraded', async () => {
    settle(true, true);
    cluster.plane.objects.change('clusteroperators.config.openshift.io', 'dns', {
      conditions: [
        { type: 'Available', status: 'True' },
        { type: 'Degraded', status: 'True', reason: 'DNSDegraded', message: 'one of three' },
      ],
    });

    expect(await clusterOperatorProblems(cluster.config)).toEqual([
      'cluster operator dns is Degraded (DNSDegraded: one of three)',
    ]);
  });
});

describe('the labels and taints of a node', () => {
  const ROLE = 'node-role.kubernetes.io/infra';
  const taint = (value: string) => ({ key: 'infra', value, effect: 'NoSchedule' as const });
  const read = async () => {
    const { json } = await call(cluster, 'GET', '/api/v1/nodes/infra-1');
    const { metadata, spec } = json as {
      metadata: { labels: Record<string, string>; resourceVersion: string };
      spec: { taints?: { key: string; value?: string }[] };
    };
    const { labels, resourceVersion } = metadata;
    return {
      role: labels[ROLE],
      hostname: labels['kubernetes.io/hostname'],
      taints: spec.taints,
      resourceVersion,
    };
  };

  test('are added to those that are there, and changed only when they differ', async () => {
    const others = [{ key: 'other', value: '', effect: 'NoExecute' }];
    addNode(cluster, 'infra-1', { taints: [...others, taint('old')] });
    const marks = { node: 'infra-1', labels: { [ROLE]: '' }, taints: [taint('reserved')] };

    await ensureNodeMarks(cluster.config, marks);
    const first = await read();
    await ensureNodeMarks(cluster.config, marks);

    expect(first).toMatchObject({ role: '', hostname: 'infra-1' });
    expect(first.taints?.map(({ key, value }) => [key, value])).toEqual([
      ['other', undefined],
      ['infra', 'reserved'],
    ]);
    expect(await read()).toEqual(first);
  });

  test('wait for a node that has not joined', async () => {
    const marks = { node: 'nobody', labels: { [ROLE]: '' }, taints: [] };

    await expect(ensureNodeMarks(cluster.config, marks)).rejects.toMatchObject({ code: 'NODE_NOT_READY' });
  });
});
