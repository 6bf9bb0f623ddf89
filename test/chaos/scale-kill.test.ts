/** A cluster that grows and shrinks while its worker dies again and again, each time in the middle of something. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { clusterOf, decommission, operate, outcomeOf, type Ended } from '../e2e/clusters.js';
import { LabProcess, waitFor } from '../e2e/lab-process.js';
import { remembered } from '../e2e/remembered.js';
import { provisioned, withWork, works } from './day-two-clusters.js';
import { AGENTS_DOWN, AGENTS_UP, NAME, SERVERS_DOWN, SERVERS_UP } from './day-two-moments.js';
import type { Moment } from './moments.js';
import { throughKills } from './survived-kills.js';
import { seenCluster, whole } from './whole-cluster.js';

const TEST_MS = 900_000;
const SUCCEEDED = { status: 'succeeded', detail: null } as const;

let lab: LabProcess;
let untouched: unknown;
beforeAll(async () => {
  lab = await LabProcess.start();
  untouched = await lab.control('/world');
  await provisioned(lab, { servers: 1, agents: 1 });
}, TEST_MS);
afterAll(() => lab.stop());

function scaled(nodeGroup: string, targetCount: number, moments: readonly Moment[]): Promise<Ended> {
  const body = { nodeGroup, targetCount, drainTimeout: '5m' };
  return throughKills(
    lab,
    moments,
    () => operate(lab, { name: NAME, path: '/scale', method: 'PUT', body }),
    (id) => outcomeOf(lab, NAME, id),
  );
}

test(
  'two workers are added once, whatever the worker is killed in',
  async () => {
    expect(await scaled('agents', 3, AGENTS_UP)).toEqual(SUCCEEDED);
    expect(await seenCluster(lab, NAME)).toEqual(whole({ servers: [1], agents: [1, 2, 3] }));
  },
  TEST_MS,
);

test(
  'two workers go for good, and their pods go on elsewhere',
  async () => {
    await withWork(lab);

    expect(await scaled('agents', 1, AGENTS_DOWN)).toEqual(SUCCEEDED);
    expect(await seenCluster(lab, NAME)).toEqual(whole({ servers: [1], agents: [1] }));
    await waitFor('the work to run', () => works(lab), TEST_MS);
  },
  TEST_MS,
);

test(
  'one server becomes three that vote',
  async () => {
    expect(await scaled('server', 3, SERVERS_UP)).toEqual(SUCCEEDED);
    expect(await seenCluster(lab, NAME)).toEqual(whole({ servers: [1, 2, 3], agents: [1] }));
  },
  TEST_MS,
);

test(
  'three servers become one, and etcd never loses its quorum on the way',
  async () => {
    expect(await scaled('server', 1, SERVERS_DOWN)).toEqual(SUCCEEDED);
    expect(await seenCluster(lab, NAME)).toEqual(whole({ servers: [1], agents: [1] }));
  },
  TEST_MS,
);

test(
  'nothing of it is left in the end',
  async () => {
    const { uid } = (await clusterOf(lab, NAME)) as unknown as { uid: string };

    await decommission(lab, NAME);

    expect(await lab.control('/world')).toEqual(untouched);
    expect(await remembered(lab, uid)).toEqual([]);
  },
  TEST_MS,
);
