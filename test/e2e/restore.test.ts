/** A cluster that is set back in time, and one that comes back when all of its machines are gone. */
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
import { destroyMachines } from './power.js';
import { remembered } from './remembered.js';

const NAME = 'k3s-back';
const PATIENCE_MS = 270_000;
const MEMBERS = ['server-1 Ready', 'server-2 Ready', 'server-3 Ready'];

let lab: LabProcess;
let untouched: unknown;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
});
afterAll(() => lab.stop());

/** The example's cluster with one worker. */
function aRequest(): string {
  const body = JSON.parse(example('k3s-ha').toString()) as { nodeGroups: { role: string; count: number }[] };
  const nodeGroups = body.nodeGroups.map((group) =>
    group.role === 'WORKER' ? { ...group, count: 1 } : group,
  );
  return JSON.stringify({ ...body, name: NAME, nodeGroups });
}

async function operated(path: '/backups' | '/restore', body: object = {}): Promise<Ended & { id: string }> {
  const id = await operate(lab, { name: NAME, path, body });
  return { id, ...(await ended(lab, NAME, id)) };
}

const colourOf = (): Promise<string> =>
  kubectl(lab, NAME, 'get', 'configmap', 'paint', '-n', 'shop', '-o', 'jsonpath={.data.colour}');

async function namespaces(): Promise<string[]> {
  return (await kubectl(lab, NAME, 'get', 'namespaces', '-o', 'jsonpath={.items[*].metadata.name}')).split(
    ' ',
  );
}

async function nodes(): Promise<string[]> {
  const lines = (await kubectl(lab, NAME, 'get', 'nodes', '--no-headers')).trim().split('\n');
  return lines.map((line) => line.replace(/^k3s-back-(\S+)\s+(\S+).*/, '$1 $2')).sort();
}

/** What the snapshot does not know. */
async function changeAll(): Promise<void> {
  await kubectl(lab, NAME, 'delete', 'configmap', 'paint', '-n', 'shop');
  await kubectl(lab, NAME, 'create', 'configmap', 'paint', '-n', 'shop', '--from-literal=colour=red');
  await kubectl(lab, NAME, 'delete', 'secret', 'till', '-n', 'shop');
  await kubectl(lab, NAME, 'create', 'namespace', 'later');
}

async function expectSetBack(): Promise<void> {
  expect(await colourOf()).toBe('blue');
  await kubectl(lab, NAME, 'get', 'secret', 'till', '-n', 'shop');
  const found = await namespaces();
  expect(found).toContain('shop');
  expect(found).not.toContain('later');
}

describe('a K3s cluster behind load balancers', () => {
  let backup: Ended & { id: string };

  test('is backed up with what an operator has in it', async () => {
    await provision(lab, aRequest());
    expect(await settled(lab, NAME, PATIENCE_MS)).toMatchObject({ phase: 'READY' });
    await kubectl(lab, NAME, 'create', 'namespace', 'shop');
    await kubectl(lab, NAME, 'create', 'configmap', 'paint', '-n', 'shop', '--from-literal=colour=blue');
    await kubectl(lab, NAME, 'create', 'secret', 'generic', 'till', '-n', 'shop', '--from-literal=pin=1234');

    backup = await operated('/backups');

    expect(backup.status).toBe('succeeded');
  }, 600_000);

  test('is not set back without its name, for it works', async () => {
    await changeAll();

    const outcome = await operated('/restore', { backup: backup.id });

    expect(outcome).toMatchObject({
      status: 'failed',
      detail: expect.stringContaining('RESTORE_NOT_CONFIRMED'),
    });
    expect(await colourOf()).toBe('red');
  }, 400_000);

  test('is set back on the machines that it has', async () => {
    const outcome = await operated('/restore', { backup: backup.id, confirm: NAME });

    expect(outcome).toMatchObject({ status: 'succeeded', detail: expect.stringMatching(/all \d+ objects/) });
    await expectSetBack();
    expect(await nodes()).toEqual(['agents-1 Ready', ...MEMBERS]);
    expect(await clusterOf(lab, NAME)).toMatchObject({ phase: 'READY', failure: null });
  }, 400_000);

  test('comes back by one command when all of its machines are gone', async () => {
    await changeAll();
    // Three servers, a worker, and two load balancers.
    expect(await destroyMachines(lab, `${NAME}-`)).toBeGreaterThanOrEqual(6);

    const outcome = await operated('/restore');

    expect(outcome).toMatchObject({ status: 'succeeded', detail: expect.stringMatching(/all \d+ objects/) });
    await expectSetBack();
    expect(await nodes()).toEqual(['agents-1 Ready', ...MEMBERS]);
    expect(await clusterOf(lab, NAME)).toMatchObject({ phase: 'READY', failure: null });
  }, 600_000);

  test('leaves nothing behind in the end', async () => {
    const { uid } = (await clusterOf(lab, NAME)) as unknown as { uid: string };

    await decommission(lab, NAME);

    expect(await lab.control('/world')).toEqual(untouched);
    expect(await remembered(lab, uid)).toEqual([]);
  });
});
