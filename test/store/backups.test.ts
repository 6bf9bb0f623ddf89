import { describe, expect, test } from '@jest/globals';
import { aManifest } from '../builders/backup.js';
import { aStore, ManualClock } from './store-builder.js';

const NEW = { clusterUid: 'uid-1', cluster: 'edge', destination: 'nas', reason: 'requested' } as const;

async function world() {
  const clock = new ManualClock();
  const { backups, backupPolicies } = await aStore({ now: clock.now });
  return { backups, backupPolicies, clock };
}

describe('a drill', () => {
  test('is running until it has ended, which counts once, and a later one takes its place', async () => {
    const { backups, clock } = await world();
    const id = '0c0ffee0-0000-4000-8000-0000000000d1';
    await backups.begin({
      id,
      clusterUid: 'uid-1',
      cluster: 'edge',
      destination: 'nas',
      reason: 'requested',
    });
    const drillOf = async () => (await backups.get(id))?.drill;
    expect(await drillOf()).toBeNull();

    await backups.drillEnds(id, { state: 'passed', objects: 1, detail: null });
    expect(await drillOf()).toBeNull();
    await backups.drillBegins(id);
    const startedAt = clock.now().toISOString();
    expect(await drillOf()).toMatchObject({ state: 'running', startedAt, endedAt: null });
    clock.advance(60);
    await backups.drillEnds(id, { state: 'failed', objects: null, detail: 'one is missing' });
    await backups.drillEnds(id, { state: 'passed', objects: 7, detail: null });
    expect(await drillOf()).toEqual({
      ...{ state: 'failed', objects: null, detail: 'one is missing' },
      ...{ startedAt, endedAt: clock.now().toISOString() },
    });

    await backups.drillBegins(id);
    expect(await drillOf()).toMatchObject({ state: 'running', detail: null });
  });
});

describe('backups', () => {
  test('are written down once, and begin by running', async () => {
    const { backups, clock } = await world();
    const first = await backups.begin({ id: 'b1', ...NEW });
    clock.advance(60);

    expect(await backups.begin({ id: 'b1', ...NEW, destination: 'elsewhere' })).toEqual(first);
    expect(first).toMatchObject({ state: 'running', destination: 'nas', manifest: null, endedAt: null });
  });

  test('that are complete have their manifest, and do not fail any more', async () => {
    const { backups } = await world();
    await backups.begin({ id: 'b1', ...NEW });
    await backups.complete('b1', aManifest({ id: 'b1' }));

    await backups.failed('b1', 'too late');

    expect(await backups.get('b1')).toMatchObject({
      ...{ state: 'complete', failure: null, manifest: aManifest({ id: 'b1' }) },
    });
  });

  test('are not removed while they are taken, and are forgotten only when they are being removed', async () => {
    const { backups } = await world();
    await backups.begin({ id: 'b1', ...NEW });

    const whileRunning = await backups.removing('b1');
    await backups.forget('b1');
    await backups.failed('b1', 'the link died');
    const afterwards = [await backups.removing('b1'), await backups.removing('b1')];
    await backups.forget('b1');

    expect([whileRunning, ...afterwards]).toEqual([false, true, true]);
    expect(await backups.get('b1')).toBeUndefined();
    expect(await backups.removing('b1')).toBe(false);
  });

  test('are listed newest first, by cluster, place and state, and page by page', async () => {
    const { backups } = await world();
    for (const id of ['b1', 'b2', 'b3']) await backups.begin({ id, ...NEW });
    await backups.begin({ id: 'b4', ...NEW, cluster: 'other', clusterUid: 'uid-2', destination: 's3' });
    await backups.failed('b2', 'x');
    const ids = async (request: Parameters<typeof backups.list>[0]): Promise<string[]> =>
      (await backups.list(request)).map(({ id }) => id);

    expect(await ids({ limit: 10 })).toEqual(['b4', 'b3', 'b2', 'b1']);
    expect(await ids({ limit: 10, cluster: 'edge', before: 'b3' })).toEqual(['b2', 'b1']);
    expect(await ids({ limit: 1, clusterUid: 'uid-1', state: 'running' })).toEqual(['b3']);
    expect(await ids({ limit: 10, destination: 's3' })).toEqual(['b4']);
  });
});

describe('the policy of a cluster', () => {
  const POLICY = {
    schedule: '15 3 * * *',
    destination: 'nas',
    retention: { keepLast: 2, keepDaily: 1, keepWeekly: 0 },
    drillSchedule: null,
  };

  test('is replaced, and is gone when it was removed', async () => {
    const { backupPolicies, clock } = await world();
    await backupPolicies.put('edge', POLICY);
    clock.advance(60);
    const second = await backupPolicies.put('edge', { ...POLICY, destination: 's3' });

    expect(second).toEqual({ ...POLICY, destination: 's3', updatedAt: clock.now().toISOString() });
    expect(await backupPolicies.get('edge')).toEqual(second);
    expect([await backupPolicies.remove('edge'), await backupPolicies.remove('edge')]).toEqual([true, false]);
    expect(await backupPolicies.get('edge')).toBeUndefined();
  });
});
