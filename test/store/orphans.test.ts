import { describe, expect, test } from '@jest/globals';
import type { OrphanReport } from '../../domain/orphans.js';
import { aCluster, aReservation, aStore, ManualClock } from './store-builder.js';

const HOUR = 3_600;
const DAY = 24 * HOUR;

const aReport = (foundAt: string, ids: readonly string[] = []): OrphanReport => ({
  foundAt,
  orphans: ids.map((id) => ({
    ...{ id, kind: 'vm', uuid: null, vmid: 1, host: 'hv5', name: null, volume: null },
    ...{ clusterUid: null, cluster: null, reason: 'why', removable: true, sinceSeconds: 1 },
  })),
  leftOut: 0,
  notSeen: [],
});

describe('what was seen', () => {
  test('is as old as the first look that saw it', async () => {
    const clock = new ManualClock();
    const { orphans } = await aStore({ now: clock.now });
    const first = await orphans.sight(['a']);
    clock.advance(HOUR);

    const second = await orphans.sight(['a', 'b']);

    expect(second.now).toBe('2026-01-01T01:00:00.000Z');
    expect([...second.firstSeen]).toEqual([
      ['a', first.now],
      ['b', second.now],
    ]);
  });

  test('begins anew when it was away for more than a day', async () => {
    const clock = new ManualClock();
    const { orphans } = await aStore({ now: clock.now });
    await orphans.sight(['a']);
    clock.advance(DAY);
    await orphans.sight(['a']);
    clock.advance(DAY + 1);

    const { now, firstSeen } = await orphans.sight(['a']);

    expect(firstSeen.get('a')).toBe(now);
  });
});

describe('the report', () => {
  test('is the latest, whichever was written last', async () => {
    const { orphans } = await aStore();
    expect(await orphans.latest()).toBeUndefined();
    await orphans.record(aReport('2026-01-02T00:00:00.000Z', ['a']));
    await orphans.record(aReport('2026-01-01T00:00:00.000Z', ['b']));

    expect((await orphans.latest())?.report.orphans.map(({ id }) => id)).toEqual(['a']);

    await orphans.record(aReport('2026-01-03T00:00:00.000Z', ['c']));
    expect((await orphans.latest())?.report.orphans.map(({ id }) => id)).toEqual(['c']);
  });

  test('comes with the last removal of each of its orphans, which is kept for a month', async () => {
    const clock = new ManualClock();
    const { orphans } = await aStore({ now: clock.now });
    await orphans.record(aReport('2026-01-01T00:00:00.000Z', ['a', 'b']));
    const running = { id: 'a', outcome: 'running', code: null, detail: null } as const;
    await orphans.recordRemovals([running, { ...running, id: 'unlisted' }]);
    clock.advance(60);
    await orphans.recordRemovals([{ ...running, outcome: 'failed', code: 'VM_LOCKED', detail: 'backup' }]);

    const kept = await orphans.latest();
    clock.advance(31 * DAY);
    await orphans.record(aReport('2026-02-01T00:00:00.000Z', ['a', 'b']));
    const later = await orphans.latest();

    expect([...(kept?.removals ?? [])]).toEqual([
      [
        'a',
        { id: 'a', outcome: 'failed', code: 'VM_LOCKED', detail: 'backup', at: '2026-01-01T00:01:00.000Z' },
      ],
    ]);
    expect(later?.removals.size).toBe(0);
  });
});

describe('a machine', () => {
  test('is known with its cluster, also when it was removed; the latest of a number comes first', async () => {
    const store = await aStore({ quarantineSeconds: 0 });
    await store.clusters.put(aCluster({ uid: 'uid-1', phase: 'GONE' }));
    const one = { range: { from: 100, to: 100 } };
    await store.machines.reserve(aReservation(['a'], one));
    await store.machines.update('a', { state: 'removed' });
    await store.machines.reserve(aReservation(['b'], { ...one, clusterUid: 'uid-2' }));

    const machines = await store.orphans.machinesWith([
      100,
      ...Array.from({ length: 2_500 }, (_, i) => i + 500),
    ]);

    expect(machines.map(({ uuid, clusterPhase, state }) => [uuid, clusterPhase, state])).toEqual([
      ['b', null, 'intent'],
      ['a', 'GONE', 'removed'],
    ]);
    expect((await store.orphans.machine('a'))?.removedAt).toEqual(expect.any(String));
    expect(await store.orphans.machine('c')).toBeUndefined();
  });

  test('that was removed keeps its number from others once more, unless another one has it', async () => {
    const clock = new ManualClock();
    const store = await aStore({ quarantineSeconds: HOUR, now: clock.now });
    const one = { range: { from: 100, to: 100 } };
    await store.machines.reserve(aReservation(['a'], one));
    expect(await store.orphans.holdVmid('a')).toBe(true);
    await store.machines.update('a', { state: 'removed' });
    clock.advance(2 * HOUR);

    expect(await store.orphans.holdVmid('a')).toBe(true);
    await expect(store.machines.reserve(aReservation(['b'], one))).rejects.toMatchObject({
      code: 'VMIDS_EXHAUSTED',
    });

    clock.advance(2 * HOUR);
    await store.machines.reserve(aReservation(['b'], one));
    expect(await store.orphans.holdVmid('a')).toBe(false);
    expect(await store.orphans.holdVmid('unknown')).toBe(false);
  });
});
