/** A cluster that grows and shrinks behind a load balancer while its work goes on. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  clusterOf,
  decommission,
  ended,
  example,
  operate,
  provision,
  settled,
  type Ended,
} from './clusters.js';
import { kubectl } from './kubectl.js';
import { LabProcess, waitFor } from './lab-process.js';
import { remembered } from './remembered.js';

const NAME = 'k3s-grown';
const PATIENCE_MS = 270_000;

/** The example's cluster with one server and two workers. */
function aRequest(): string {
  const body = JSON.parse(example('k3s-ha').toString()) as {
    nodeGroups: { role: string; count: number }[];
  };
  const nodeGroups = body.nodeGroups.map((group) => ({
    ...group,
    count: group.role === 'CONTROL_PLANE' ? 1 : 2,
  }));
  return JSON.stringify({ ...body, name: NAME, nodeGroups });
}

let lab: LabProcess;
let untouched: unknown;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
});
afterAll(() => lab.stop());

async function scale(nodeGroup: string, targetCount: number, change: object = {}): Promise<string> {
  const body = { nodeGroup, targetCount, strategy: 'ROLLING', maxSurge: 2, ...change };
  return operate(lab, { name: NAME, path: '/scale', method: 'PUT', body });
}

const outcomeOf = (id: string): Promise<Ended> => ended(lab, NAME, id);

async function nodes(): Promise<string[]> {
  const lines = (await kubectl(lab, NAME, 'get', 'nodes', '--no-headers')).trim().split('\n');
  return lines.map((line) => line.replace(/^k3s-grown-(\S+)\s+(\S+).*/, '$1 $2')).sort();
}

const GUARDED = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: cart, namespace: default }
spec:
  replicas: 3
  selector: { matchLabels: { app: cart } }
  template:
    metadata: { labels: { app: cart } }
    spec: { containers: [{ name: cart, image: registry.lab.internal/cart:1 }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: cart, namespace: default }
spec: { minAvailable: MINIMUM, selector: { matchLabels: { app: cart } } }
`;

async function guard(minAvailable: number): Promise<void> {
  const file = join(lab.stateDir, 'guarded.yaml');
  await writeFile(file, GUARDED.replace('MINIMUM', String(minAvailable)));
  await kubectl(lab, NAME, 'apply', '-f', file);
}

describe('a K3s cluster behind load balancers', () => {
  test('grows from one server to three', async () => {
    await provision(lab, aRequest());
    expect(await settled(lab, NAME, PATIENCE_MS)).toMatchObject({ phase: 'READY' });

    const outcome = await outcomeOf(await scale('server', 3));

    expect(outcome).toEqual({ status: 'succeeded', detail: null });
    expect(await nodes()).toEqual([
      ...['agents-1 Ready', 'agents-2 Ready'],
      ...['server-1 Ready', 'server-2 Ready', 'server-3 Ready'],
    ]);
  }, 600_000);

  test('grows from two workers to four', async () => {
    const outcome = await outcomeOf(await scale('agents', 4));

    expect(outcome).toEqual({ status: 'succeeded', detail: null });
    expect(await nodes()).toEqual(expect.arrayContaining(['agents-3 Ready', 'agents-4 Ready']));
  }, 400_000);

  test('keeps a node whose pods a budget does not let go', async () => {
    await guard(3);
    await waitFor(
      'the deployment to be available',
      async () => {
        const ready = '{.status.readyReplicas}';
        return (await kubectl(lab, NAME, 'get', 'deployment', 'cart', '-o', `jsonpath=${ready}`)) === '3';
      },
      120_000,
    );
    const outcome = await outcomeOf(await scale('agents', 1, { maxSurge: 1, drainTimeout: '5s' }));

    expect(outcome).toMatchObject({ status: 'failed', detail: expect.stringContaining('cart') });
    const left = await nodes();
    expect(left.filter((node) => node.startsWith('agents')).every((node) => node.endsWith(' Ready'))).toBe(
      true,
    );
    expect(await clusterOf(lab, NAME)).toMatchObject({
      phase: 'READY',
      failure: { code: 'DRAIN_BLOCKED' },
    });
  }, 400_000);

  test('shrinks to one worker once the budget lets it', async () => {
    await guard(1);

    const outcome = await outcomeOf(await scale('agents', 1));

    expect(outcome).toEqual({ status: 'succeeded', detail: null });
    expect((await nodes()).filter((node) => node.startsWith('agents'))).toEqual(['agents-1 Ready']);
  }, 400_000);

  test('shrinks to one server, whose API goes on through the load balancer', async () => {
    const outcome = await outcomeOf(await scale('server', 1));

    expect(outcome).toEqual({ status: 'succeeded', detail: null });
    expect(await nodes()).toEqual(['agents-1 Ready', 'server-1 Ready']);
    expect(await clusterOf(lab, NAME)).toMatchObject({ phase: 'READY', failure: null });
  }, 400_000);

  test('names the groups that there are', async () => {
    const body = JSON.stringify({ nodeGroup: 'edge', targetCount: 2 });

    const answer = await lab.api<{ detail: string }>(`/api/v1/clusters/${NAME}/scale`, {
      method: 'PUT',
      body,
    });

    expect(answer.status).toBe(404);
    expect(answer.json.detail).toContain('it has "server", "agents"');
  });

  test('leaves nothing behind in the end', async () => {
    const { uid } = (await clusterOf(lab, NAME)) as unknown as { uid: string };

    await decommission(lab, NAME);

    expect(await lab.control('/world')).toEqual(untouched);
    expect(await remembered(lab, uid)).toEqual([]);
  });
});
