import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import Database from 'libsql';
import { join } from 'node:path';
import type { FaultStatus } from '../../lab/faults.js';
import { clusterOf, example, provision, settled } from '../e2e/clusters.js';
import { LabProcess, waitFor } from '../e2e/lab-process.js';
import { DECOMMISSION_MOMENTS, PROVISION_MOMENTS, type Moment } from './moments.js';

interface World {
  readonly proxmox: { readonly vms: readonly { readonly name: string }[] };
}

const WAIT_MS = 240_000;

let lab: LabProcess;
let untouched: unknown;
beforeEach(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
});
afterEach(() => lab.stop());

const requestFor = (name: string): string => example('k3s-edge').toString().replace('k3s-edge', name);

/** Puts a hold on each moment. @returns the ids of the holds, in the order of the moments. */
async function holdAt(moments: readonly Moment[]): Promise<string[]> {
  const ids: string[] = [];
  for (const { rule } of moments) ids.push(await lab.fault(rule));
  return ids;
}

async function held(): Promise<number> {
  const rules = await lab.control<FaultStatus[]>('/faults');
  return rules.filter(({ hits }) => hits > 0).length;
}

/**
 * Each rule holds whoever comes by first, and lets others go on to the next moment: in the end there is a cluster in the
 * middle of each. One that goes two ways at once may be held in both, so further ones are made until none is missed.
 */
async function clustersAt(moments: readonly Moment[]): Promise<string[]> {
  const clusters: string[] = [];
  const another = async (): Promise<void> => {
    clusters.push(await provision(lab, requestFor(`c-${clusters.length + 1}`)));
  };
  // The first moment passes over as many looks as a request for one cluster takes.
  await another();
  await waitFor('the first cluster to be held', async () => (await held()) > 0, WAIT_MS);
  while (clusters.length < moments.length) await another();
  const readyCount = async (): Promise<number> => {
    const views = await Promise.all(clusters.map((name) => clusterOf(lab, name)));
    return views.filter(({ phase }) => phase === 'READY').length;
  };
  for (;;) {
    await waitFor(
      'each cluster to be held or READY',
      async () =>
        (await held()) === moments.length || (await held()) + (await readyCount()) >= clusters.length,
      WAIT_MS,
    );
    if ((await held()) === moments.length) return clusters;
    if (clusters.length > moments.length * 2) {
      const rules = await lab.control<FaultStatus[]>('/faults');
      const missed = rules.flatMap(({ hits }, index) => (hits === 0 ? [moments[index]?.name] : []));
      throw new Error(`nobody came by: ${missed.join('; ')}`);
    }
    await another();
  }
}

async function expectOneMachineEach(clusters: readonly string[]): Promise<void> {
  const { proxmox } = await lab.control<World>('/world');
  expect(proxmox.vms.map(({ name }) => name).sort()).toEqual(
    clusters.map((name) => `${name}-server-1`).sort(),
  );
}

async function removeAll(clusters: readonly string[]): Promise<void> {
  await Promise.all(clusters.map((name) => lab.api(`/api/v1/clusters/${name}`, { method: 'DELETE' })));
}

async function expectNothingLeft(clusters: readonly string[]): Promise<void> {
  for (const name of clusters) {
    await waitFor(`${name} to be GONE`, async () => (await clusterOf(lab, name)).phase === 'GONE', 120_000);
  }
  expect(await lab.control('/world')).toEqual(untouched);
}

describe.each(['worker', 'temporal'] as const)('a %s that is killed', (victim) => {
  test('in the middle of each step of a provision is replaced, and no VM is made twice or leaked', async () => {
    const holds = await holdAt(PROVISION_MOMENTS);
    const clusters = await clustersAt(PROVISION_MOMENTS);

    lab.killOnly(victim);
    for (const id of holds) await lab.release(id);

    const phases = await Promise.all(clusters.map(async (name) => (await settled(lab, name, 180_000)).phase));
    expect(phases).toEqual(clusters.map(() => 'READY'));
    await expectOneMachineEach(clusters);
    await removeAll(clusters);
    await expectNothingLeft(clusters);
  }, 600_000);
});

test('a worker that is killed while reservations are written asks for the same ones again', async () => {
  const [hold = ''] = await holdAt(PROVISION_MOMENTS.slice(0, 1));
  const name = await provision(lab, requestFor('c-1'));
  await waitFor('the plan to be held', async () => (await held()) > 0, WAIT_MS);
  const connection = await Connection.connect({ address: lab.temporalAddress });
  const run = new Client({ connection }).workflow.getHandle(`cluster/${name}/provision-1`);
  // As long as somebody else writes, nobody else can.
  const database = new Database(join(lab.stateDir, 'clusterwright.db'));
  database.exec('begin immediate');
  await lab.release(hold);
  await waitFor(
    'the reservation to wait for the store',
    async () => {
      const { raw } = await run.describe();
      const types = (raw.pendingActivities ?? []).map(({ activityType }) => activityType?.name);
      return types.includes('reserveMachines');
    },
    WAIT_MS,
  );

  lab.killOnly('worker');
  database.exec('rollback');
  database.close();

  expect((await settled(lab, name)).phase).toBe('READY');
  await connection.close();
  await expectOneMachineEach([name]);
  await removeAll([name]);
  await expectNothingLeft([name]);
});

test('a worker that is killed in the middle of each step of a decommission leaves nothing behind', async () => {
  const clusters = ['c-1', 'c-2', 'c-3', 'c-4'];
  for (const name of clusters) await provision(lab, requestFor(name));
  for (const name of clusters) await settled(lab, name);
  const holds = await holdAt(DECOMMISSION_MOMENTS);
  await removeAll(clusters);
  await waitFor('the decommissions to be held', async () => (await held()) === holds.length, WAIT_MS);

  lab.killOnly('worker');
  for (const id of holds) await lab.release(id);

  await expectNothingLeft(clusters);
});
