import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { Orphan, OrphanReport } from '../../domain/orphans.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import type { sweep, SweepInput, SweepResult } from '../../workflows/sweep.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { useWorld } from './world.js';

const world = useWorld();

const anOrphan = (id: string, removable = true): Orphan => ({
  ...{ id, removable, kind: 'vm', uuid: null, vmid: 20_000, host: 'hv5', name: `edge-${id}`, volume: null },
  ...{ clusterUid: 'uid-1', cluster: 'edge', reason: 'cluster "edge" is gone', sinceSeconds: 3_600 },
});

const aReport = (change: Partial<OrphanReport> = {}): OrphanReport => ({
  foundAt: '2026-01-01T00:00:00.000Z',
  orphans: ['a', 'b', 'c'].map((id) => anOrphan(id)),
  leftOut: 0,
  notSeen: [],
  ...change,
});

function sweeping(activities: FakeActivities, remove: SweepInput['remove']): Promise<SweepResult> {
  return world.bed.run(activities, () =>
    world.bed.environment.client.workflow.execute<typeof sweep>('sweep', {
      workflowId: `sweep/${randomUUID()}`,
      taskQueue: TASK_QUEUES.workflows,
      args: [{ remove }],
    }),
  );
}

/** Outcomes by id, in the order in which they were written down. */
const written = (activities: FakeActivities): unknown[] =>
  activities
    .of('recordOrphanRemovals')
    .flatMap(({ args }) => args['removals'] as { id: string; outcome: string }[])
    .map(({ id, outcome }) => [id, outcome]);

describe('a sweep', () => {
  test('that nobody asked to remove anything only reports', async () => {
    const activities = new FakeActivities();
    const report = aReport({ leftOut: 2, notSeen: ['hv7'] });
    activities.on('findOrphans', () => report);

    const result = await sweeping(activities, null);

    expect(result).toEqual({ found: 5, removable: 3, notSeen: ['hv7'], removals: [] });
    expect(activities.of('recordOrphans').map(({ args }) => args)).toEqual([{ report }]);
    expect(activities.of('removeOrphan')).toEqual([]);
    expect(activities.of('recordOrphanRemovals')).toEqual([]);
  });

  test('removes what was asked for and nothing else, and writes down each result', async () => {
    const activities = new FakeActivities();
    activities.on('findOrphans', () => aReport());

    const result = await sweeping(activities, ['b', 'a', 'b']);

    expect(
      activities
        .of('removeOrphan')
        .map(({ args }) => (args['orphan'] as Orphan).id)
        .toSorted(),
    ).toEqual(['a', 'b']);
    expect(result.removals.map(({ id, outcome }) => [id, outcome])).toEqual([
      ['b', 'removed'],
      ['a', 'removed'],
    ]);
    expect(written(activities).slice(0, 2)).toEqual([
      ['b', 'running'],
      ['a', 'running'],
    ]);
    expect(written(activities).slice(2)).toEqual(
      expect.arrayContaining([
        ['a', 'removed'],
        ['b', 'removed'],
      ]),
    );
  });

  test('goes on when one cannot be removed, and says why', async () => {
    const activities = new FakeActivities();
    activities.on('findOrphans', () =>
      aReport({ orphans: [anOrphan('a'), anOrphan('b'), anOrphan('kept', false)] }),
    );
    activities.on('removeOrphan', ({ orphan }) => {
      if ((orphan as Orphan).id === 'a') throw activityError('VM_LOCKED', 'lock "backup"');
      return undefined;
    });

    const { removals } = await sweeping(activities, ['a', 'b', 'kept', 'gone']);

    expect(removals).toEqual([
      { id: 'a', outcome: 'failed', code: 'VM_LOCKED', detail: 'lock "backup"' },
      { id: 'b', outcome: 'removed', code: null, detail: null },
      { id: 'kept', outcome: 'failed', code: 'ORPHAN_NOT_REMOVABLE', detail: 'cluster "edge" is gone' },
      { id: 'gone', outcome: 'gone', code: null, detail: 'it was not found any more' },
    ]);
    expect(activities.of('removeOrphan')).toHaveLength(2);
  });

  test.each([
    [{ notSeen: ['hv7'] }, 'PROXMOX_NODE_UNREACHABLE'],
    [{ leftOut: 1 }, 'ORPHAN_NOT_REMOVABLE'],
  ] as const)(
    'does not take for gone what it could not see: %j',
    async (change, code) => {
      const activities = new FakeActivities();
      activities.on('findOrphans', () => aReport(change));

      const { removals } = await sweeping(activities, ['z']);

      expect(removals).toMatchObject([{ id: 'z', outcome: 'failed', code }]);
    },
    60_000,
  );

  test('tries again what may pass by itself, and for a quarter of an hour only', async () => {
    const activities = new FakeActivities();
    activities.on('findOrphans', () => aReport());
    activities.on('removeOrphan', ({ orphan }, callNumber) => {
      const { id } = orphan as Orphan;
      if (id === 'b' || callNumber < 3) throw activityError('OUTCOME_UNKNOWN', 'the reply was lost');
      return { removed: true };
    });

    const { removals } = await sweeping(activities, ['a', 'b']);

    expect(removals.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['removed', null],
      ['failed', 'OUTCOME_UNKNOWN'],
    ]);
  });
});
