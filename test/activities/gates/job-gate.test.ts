import { BatchV1Api } from '@kubernetes/client-node';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { jobObjection, removeJob, type GateJob } from '../../../activities/gates/job-gate.js';
import { addNode, eventually, startLabCluster, type LabCluster } from '../../lab/kubernetes/lab-cluster.js';

let cluster: LabCluster;
beforeEach(async () => {
  cluster = await startLabCluster();
});
afterEach(() => cluster.close());

const JOB: GateJob = {
  gate: {
    ...{ kind: 'JOB', namespace: 'default', image: 'registry/smoke:1', command: ['/smoke', '--all'] },
    timeoutSeconds: 120,
  },
  machine: 'edge-worker-1',
  subject: 'cluster/edge/upgrade-2/edge-worker-1/upgrade-gate-1/v1.33.1+k3s1',
};

const jobs = async () =>
  (await cluster.config.makeApiClient(BatchV1Api).listNamespacedJob({ namespace: 'default' })).items;

test('a gate of a Job is open once it has succeeded, and runs it once', async () => {
  expect(await jobObjection(cluster.config, JOB)).toMatch(
    /^the Job default\/upgrade-gate-\w+ has not succeeded yet$/,
  );
  expect(await jobObjection(cluster.config, JOB)).not.toBeNull();

  const [made, ...others] = await jobs();
  expect(others).toEqual([]);
  const [container] = made?.spec?.template.spec?.containers ?? [];
  expect(container).toMatchObject({
    ...{ image: 'registry/smoke:1', command: ['/smoke', '--all'] },
    env: [{ name: 'NODE_NAME', value: 'edge-worker-1' }],
  });

  addNode(cluster, 'edge-worker-1');
  await eventually(async () => (await jobObjection(cluster.config, JOB)) === null || undefined);

  await removeJob(cluster.config, JOB);
  await removeJob(cluster.config, JOB);
  await eventually(async () => (await jobs()).length === 0 || undefined);
});

test('a gate of a Job that failed says so for good', async () => {
  await jobObjection(cluster.config, JOB);
  const [made] = await jobs();
  const name = made?.metadata?.name ?? '';
  const condition = { type: 'Failed', status: 'True', reason: 'BackoffLimitExceeded', message: 'too often' };
  const body = [{ op: 'add', path: '/status/conditions', value: [condition] }];
  await cluster.config
    .makeApiClient(BatchV1Api)
    .patchNamespacedJobStatus({ name, namespace: 'default', body });

  await expect(jobObjection(cluster.config, JOB)).rejects.toMatchObject({
    code: 'UPGRADE_GATE_FAILED',
    message: expect.stringContaining('failed: too often'),
  });
});

test('a gate of a Job in a namespace that is not there is refused', async () => {
  const gate = { ...JOB.gate, namespace: 'nowhere' };

  await expect(jobObjection(cluster.config, { ...JOB, gate })).rejects.toMatchObject({
    code: 'KUBERNETES_REJECTED',
  });
});
