/** A cluster of kubeadm whose backup is tried, and that comes back when all of its machines are gone. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { BackupView } from '../../schema/responses.js';
import { clusterOf, decommission, ended, example, operate, provision, settled } from './clusters.js';
import { kubectl } from './kubectl.js';
import { LabProcess, waitFor } from './lab-process.js';
import { destroyMachines } from './power.js';

const NAME = 'vanilla-back';
const PATIENCE_MS = 540_000;

/** The example's cluster with one worker. */
function aRequest(): string {
  const body = JSON.parse(example('vanilla-ha').toString()) as {
    nodeGroups: { role: string; count: number }[];
  };
  const nodeGroups = body.nodeGroups.map((group) =>
    group.role === 'WORKER' ? { ...group, count: 1 } : group,
  );
  return JSON.stringify({ ...body, name: NAME, nodeGroups });
}

let lab: LabProcess;
let untouched: unknown;
let backup: string;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
  await provision(lab, aRequest());
  expect(await settled(lab, NAME, PATIENCE_MS)).toMatchObject({ phase: 'READY' });
  await kubectl(lab, NAME, 'create', 'namespace', 'shop');
  backup = await operate(lab, { name: NAME, path: '/backups' });
  expect(await ended(lab, NAME, backup)).toMatchObject({ status: 'succeeded' });
}, 900_000);
afterAll(() => lab.stop());

test('a backup of it is restored for a trial', async () => {
  const address = `/api/v1/clusters/${NAME}/backups/${backup}`;

  expect((await lab.api(`${address}/drill`, { method: 'POST' })).status).toBe(202);

  const drill = await waitFor(
    'the drill to be over',
    async () => {
      const { json } = await lab.api<BackupView>(address);
      return json.drill === null || json.drill.state === 'running' ? null : json.drill;
    },
    PATIENCE_MS,
  );
  expect(drill).toMatchObject({ state: 'passed', detail: null });
}, 900_000);

test('it comes back by one command, with three servers and all that the snapshot held', async () => {
  await kubectl(lab, NAME, 'create', 'namespace', 'later');
  expect(await destroyMachines(lab, `${NAME}-`)).toBeGreaterThanOrEqual(6);

  const id = await operate(lab, { name: NAME, path: '/restore', body: { backup } });

  expect(await ended(lab, NAME, id, PATIENCE_MS)).toMatchObject({ status: 'succeeded' });
  const namespaces = await kubectl(
    lab,
    NAME,
    'get',
    'namespaces',
    '-o',
    'jsonpath={.items[*].metadata.name}',
  );
  expect(namespaces.split(' ')).toContain('shop');
  expect(namespaces.split(' ')).not.toContain('later');
  const nodes = (await kubectl(lab, NAME, 'get', 'nodes', '--no-headers')).trim().split('\n');
  expect(nodes).toHaveLength(4);
  expect(nodes.every((line) => /\sReady\s/.test(line))).toBe(true);
  expect(await clusterOf(lab, NAME)).toMatchObject({ phase: 'READY', failure: null });
}, 900_000);

test('it leaves nothing behind in the end', async () => {
  await decommission(lab, NAME);

  expect(await lab.control('/world')).toEqual(untouched);
});
