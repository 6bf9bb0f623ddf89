import { beforeEach, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { judgeHealth, type HealthSubject } from '../../domain/health/judge.js';
import { DEFAULT_HEALTH_POLICY } from '../../domain/health/policy.js';
import type { AllSights } from '../../domain/health/sights.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import type { Store } from '../../store/store.js';
import type { CheckedHealth, checkHealth } from '../../workflows/check-health.js';
import { aStore, ManualClock } from '../store/store-builder.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { guestsOf, READY, SILENT, vmsOf } from './fake-health.js';
import { useWorld } from './world.js';

const NAMES = ['edge-worker-1', 'edge-worker-2', 'edge-worker-3'];
const SUBJECT: HealthSubject = {
  ...{ cluster: 'edge', clusterUid: 'uid-1', policy: DEFAULT_HEALTH_POLICY, busy: null },
  machines: NAMES.map((name) => {
    return { name, group: 'worker', role: 'WORKER', host: 'pve1', address: '10.0.0.1', notReplaceable: null };
  }),
  groups: [{ name: 'worker', role: 'WORKER', wanted: 3, present: 3 }],
};

const world = useWorld();

let clock: ManualClock;
let store: Store;
let activities: FakeActivities;
let isIll: boolean;
beforeEach(async () => {
  clock = new ManualClock();
  store = await aStore({ now: clock.now });
  isIll = true;
  activities = new FakeActivities();
  const guests = NAMES.map((name) => ({ name, address: '10.0.0.1', user: 'debian', system: 'CLOUD_INIT' }));
  activities.on('readHealthSubject', () => ({ kind: 'watched', subject: SUBJECT, guests }));
  activities.on('lookAtNodes', () => {
    const nodes = NAMES.map((name, index) => [name, isIll && index === 0 ? SILENT : READY]);
    return { nodes: Object.fromEntries(nodes), unseen: [] };
  });
  activities.on('lookAtGuests', (request) => guestsOf(request, 'silent'));
  activities.on('lookAtVms', (request) => vmsOf(request));
  // With the store and the judgement of the product.
  activities.on('judgeHealth', ({ id, dryRun, sights }) =>
    store.health.judge(
      { id: String(id), cluster: 'edge', clusterUid: 'uid-1', dryRun: dryRun === true },
      (known) => judgeHealth(SUBJECT, sights as AllSights, known),
    ),
  );
  activities.on('retractHeal', ({ id, reason }) => store.health.retract(String(id), String(reason)));
});

const look = (dryRun = false): Promise<CheckedHealth> =>
  world.bed.environment.client.workflow.execute<typeof checkHealth>('checkHealth', {
    workflowId: `health/edge/${randomUUID()}`,
    taskQueue: TASK_QUEUES.workflows,
    args: [{ cluster: 'edge', dryRun }],
  });

/** Looks every thirty seconds. @returns what each came to. */
async function looks(times: number): Promise<string[]> {
  const outcomes: string[] = [];
  for (let n = 0; n < times; n += 1) {
    const checked = await look();
    outcomes.push(checked.kind === 'checked' ? checked.decision.outcome : checked.reason);
    clock.advance(30);
  }
  return outcomes;
}

describe('looks every thirty seconds', () => {
  test('ask the cluster for a heal once a machine was unwell for a minute, and once only', async () => {
    await world.bed.run(activities, async () => {
      expect(await looks(4)).toEqual(['WATCHING', 'WATCHING', 'ACT', 'WATCHING']);
    });
    const asked = activities.of('requestHeal');
    expect(asked.map(({ args }) => args['heal'])).toEqual([
      expect.objectContaining({ action: 'RESTART', machine: 'edge-worker-1', group: 'worker' }),
    ]);
    const [latest, acted] = await store.health.decisions({ cluster: 'edge', limit: 5 });
    expect(latest?.decision.findings[0]).toMatchObject({ heldBy: 'BACKOFF' });
    expect(acted).toMatchObject({ id: asked[0]?.args['id'], decision: { outcome: 'ACT' } });
  });

  test('that stood still for an hour begin anew, and make no storm of what they missed', async () => {
    await world.bed.run(activities, async () => {
      await looks(2);
      clock.advance(3_600);
      expect(await looks(2)).toEqual(['WATCHING', 'WATCHING']);
    });
    expect(activities.of('requestHeal')).toEqual([]);
  });

  test('take what could not be seen for unknown, and do nothing', async () => {
    activities.on('lookAtVms', () => {
      throw activityError('PROXMOX_UNREACHABLE', 'no answer');
    });
    await world.bed.run(activities, async () => {
      expect(await looks(4)).toEqual(['WATCHING', 'WATCHING', 'WATCHING', 'WATCHING']);
    });
    const standing = await store.health.standing('edge');
    expect(standing?.decision.findings[0]).toMatchObject({
      diagnosis: 'PROXMOX_UNSEEN',
      heldBy: 'NOTHING_PROVED',
    });
    expect(standing?.decision.unseen).toEqual(['Proxmox VE: PROXMOX_UNREACHABLE: no answer']);
  });

  test('see that all is well', async () => {
    isIll = false;
    await world.bed.run(activities, async () => {
      expect(await looks(2)).toEqual(['HEALTHY', 'HEALTHY']);
    });
    expect(await store.health.decisions({ cluster: 'edge', limit: 5 })).toHaveLength(1);
  });
});

test('a look that only says what would be done keeps nothing and asks for nothing', async () => {
  await world.bed.run(activities, async () => {
    await looks(2);

    expect(await look(true)).toMatchObject({ decision: { outcome: 'ACT' }, operationId: null });
  });
  expect(activities.of('requestHeal')).toEqual([]);
  expect(
    (await store.health.decisions({ cluster: 'edge', limit: 5 })).map(({ decision }) => decision.outcome),
  ).toEqual(['WATCHING']);
});

test('what nobody could be asked for does not count against the machine', async () => {
  activities.on('requestHeal', () => {
    throw activityError('CLUSTER_NOT_FOUND', 'there is no cluster "edge"');
  });
  await world.bed.run(activities, async () => {
    await looks(2);
    await expect(look()).rejects.toThrow();
  });
  const [latest] = await store.health.decisions({ cluster: 'edge', limit: 1 });
  expect(latest?.retracted).toContain('there is no cluster');
});
