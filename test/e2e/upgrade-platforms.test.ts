/** Distributions other than K3s grow, shrink and come to newer versions. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
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
import { LabProcess } from './lab-process.js';
import { remembered } from './remembered.js';

const PATIENCE_MS = 540_000;

let lab: LabProcess;
let untouched: unknown;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
});
afterAll(() => lab.stop());

/** The example's cluster with so many machines in each group. */
function aRequest(file: string, name: string, counts: Readonly<Record<string, number>>): string {
  const body = JSON.parse(example(file).toString()) as { nodeGroups: { role: string; count: number }[] };
  const nodeGroups = body.nodeGroups.map((group) => ({ ...group, count: counts[group.role] ?? group.count }));
  return JSON.stringify({ ...body, name, nodeGroups });
}

async function make(file: string, name: string, counts: Readonly<Record<string, number>>): Promise<void> {
  await provision(lab, aRequest(file, name, counts));
  expect(await settled(lab, name, PATIENCE_MS)).toMatchObject({ phase: 'READY', failure: null });
}

/** @returns how it ended. */
async function operated(name: string, verb: 'scale' | 'upgrade', body: object): Promise<Ended> {
  const method = verb === 'scale' ? 'PUT' : 'POST';
  const id = await operate(lab, { name, path: `/${verb}`, method, body });
  return ended(lab, name, id, PATIENCE_MS);
}

/** `control-1 Ready v1.33.1`, by name. */
async function nodes(name: string): Promise<string[]> {
  const lines = (await kubectl(lab, name, 'get', 'nodes', '--no-headers')).trim().split('\n');
  return lines
    .map((line) => {
      const [node = '', status = '', , , version = ''] = line.split(/\s+/);
      return `${node.replace(`${name}-`, '')} ${status} ${version}`;
    })
    .sort();
}

async function leavesNothing(name: string): Promise<void> {
  const { uid } = (await clusterOf(lab, name)) as unknown as { uid: string };
  await decommission(lab, name);
  expect(await lab.control('/world')).toEqual(untouched);
  expect(await remembered(lab, uid)).toEqual([]);
}

describe('a cluster of kubeadm behind load balancers', () => {
  const NAME = 'vanilla-newer';
  const OLD = 'v1.32.4';
  const NEW = 'v1.33.1';
  const PATCHED = 'v1.33.2';

  test('grows from one server to three, and from one worker to two', async () => {
    await make('vanilla-ha', NAME, { CONTROL_PLANE: 1, WORKER: 1 });

    expect(await operated(NAME, 'scale', { nodeGroup: 'control', targetCount: 3 })).toMatchObject({
      status: 'succeeded',
    });
    expect(await operated(NAME, 'scale', { nodeGroup: 'worker', targetCount: 2 })).toMatchObject({
      status: 'succeeded',
    });

    expect(await nodes(NAME)).toEqual(
      ['control-1', 'control-2', 'control-3', 'worker-1', 'worker-2'].map((node) => `${node} Ready ${OLD}`),
    );
  }, 1_200_000);

  test('comes to the next minor version, the workers where they are', async () => {
    const request = { version: NEW, strategy: 'IN_PLACE', maxUnavailable: 2 };

    expect(await operated(NAME, 'upgrade', request)).toMatchObject({ status: 'succeeded' });

    expect(await nodes(NAME)).toEqual(
      ['control-1', 'control-2', 'control-3', 'worker-1', 'worker-2'].map((node) => `${node} Ready ${NEW}`),
    );
    expect(await clusterOf(lab, NAME)).toMatchObject({ phase: 'READY', version: NEW, failure: null });
  }, 900_000);

  test('shrinks to one server, comes to a newer patch behind its balancers, and grows at that', async () => {
    expect(await operated(NAME, 'scale', { nodeGroup: 'control', targetCount: 1 })).toMatchObject({
      status: 'succeeded',
    });
    const request = { version: PATCHED, strategy: 'IN_PLACE', maxUnavailable: 2, takeBackup: false };
    expect(await operated(NAME, 'upgrade', request)).toMatchObject({ status: 'succeeded' });
    expect(await operated(NAME, 'scale', { nodeGroup: 'worker', targetCount: 3 })).toMatchObject({
      status: 'succeeded',
    });

    expect(await nodes(NAME)).toEqual(
      ['control-1', 'worker-1', 'worker-2', 'worker-3'].map((node) => `${node} Ready ${PATCHED}`),
    );
  }, 900_000);

  test('leaves nothing behind in the end', () => leavesNothing(NAME), 300_000);
});

describe('a cluster of Talos behind load balancers', () => {
  const NAME = 'talos-newer';
  const OLD = 'v1.32.0';
  const NEW = 'v1.33.0';
  const servers = ['control-plane-1', 'control-plane-2', 'control-plane-3'];

  test('grows from one worker to two', async () => {
    await make('talos-ha', NAME, { CONTROL_PLANE: 3, WORKER: 1 });

    expect(await operated(NAME, 'scale', { nodeGroup: 'worker', targetCount: 2 })).toMatchObject({
      status: 'succeeded',
    });

    expect(await nodes(NAME)).toEqual(
      [...servers, 'worker-1', 'worker-2'].map((node) => `${node} Ready ${OLD}`),
    );
  }, 1_200_000);

  test('comes to the next minor release, and to the Kubernetes that comes with it', async () => {
    const request = { version: 'v1.10.2', strategy: 'IN_PLACE', maxUnavailable: 2 };

    expect(await operated(NAME, 'upgrade', request)).toMatchObject({ status: 'succeeded' });

    expect(await nodes(NAME)).toEqual(
      [...servers, 'worker-1', 'worker-2'].map((node) => `${node} Ready ${NEW}`),
    );
    expect(await clusterOf(lab, NAME)).toMatchObject({ phase: 'READY', version: 'v1.10.2', failure: null });
  }, 900_000);

  test('brings a machine that comes with an older image to its release', async () => {
    expect(await operated(NAME, 'scale', { nodeGroup: 'worker', targetCount: 3 })).toMatchObject({
      status: 'succeeded',
    });

    expect(await nodes(NAME)).toContain(`worker-3 Ready ${NEW}`);
  }, 900_000);

  test('leaves nothing behind in the end', () => leavesNothing(NAME), 300_000);
});

describe('a cluster of RKE2 behind load balancers', () => {
  const NAME = 'rke2-grown';

  test('grows from one server to three and shrinks back, while a worker comes and goes', async () => {
    await make('rke2-ha', NAME, { CONTROL_PLANE: 1, WORKER: 1 });

    for (const [nodeGroup, targetCount] of [
      ['server', 3],
      ['agents', 2],
    ] as const)
      expect(await operated(NAME, 'scale', { nodeGroup, targetCount })).toMatchObject({
        status: 'succeeded',
      });
    expect((await nodes(NAME)).map((node) => node.replace(/ v.*/, ''))).toEqual(
      ['agents-1', 'agents-2', 'server-1', 'server-2', 'server-3'].map((node) => `${node} Ready`),
    );

    for (const [nodeGroup, targetCount] of [
      ['agents', 1],
      ['server', 1],
    ] as const)
      expect(await operated(NAME, 'scale', { nodeGroup, targetCount })).toMatchObject({
        status: 'succeeded',
      });
    expect((await nodes(NAME)).map((node) => node.replace(/ v.*/, ''))).toEqual([
      'agents-1 Ready',
      'server-1 Ready',
    ]);
  }, 1_800_000);

  test('leaves nothing behind in the end', () => leavesNothing(NAME), 300_000);
});
