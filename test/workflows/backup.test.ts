import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { BackupRequest } from '../../domain/backup/backup-request.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import type { backup } from '../../workflows/backup.js';
import type { DayTwoResult } from '../../workflows/messages.js';
import { aDefinition } from '../builders/definition.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { useWorld, whereTimePasses } from './world.js';

const world = useWorld();

const REQUEST: BackupRequest = {
  backupId: '0c0ffee0-0000-4000-8000-000000000001',
  destination: null,
  reason: 'requested',
  retention: { keepLast: 3, keepDaily: 0, keepWeekly: 0 },
};
const PLACE = { backupId: REQUEST.backupId, clusterUid: 'uid-1', destination: 'default' };

const start = () =>
  world.bed.environment.client.workflow.start<typeof backup>('backup', {
    workflowId: `cluster/edge/backup-${randomUUID()}`,
    taskQueue: TASK_QUEUES.workflows,
    args: [
      {
        clusterUid: 'uid-1',
        definition: aDefinition({ name: 'edge' }),
        plan: null,
        nodes: [],
        request: REQUEST,
      },
    ],
  });

const taking = (activities: FakeActivities): Promise<DayTwoResult> =>
  world.bed.run(activities, async () => (await start()).result());

const names = (activities: FakeActivities): string[] => activities.calls.map(({ name }) => name);

describe('a backup', () => {
  test('is written down, taken, read back, written down as complete; and only then others are removed', async () => {
    const activities = new FakeActivities();

    const result = await taking(activities);

    expect(result).toEqual({
      status: 'succeeded',
      failure: null,
      notes: ['1069 bytes from edge-masters-1 at "default"'],
      cluster: null,
    });
    expect(names(activities)).toEqual([
      'beginBackup',
      'takeBackup',
      'verifyBackup',
      'completeBackup',
      'expireBackups',
    ]);
    expect(activities.of('beginBackup')[0]?.args).toEqual({
      ...{ backupId: REQUEST.backupId, clusterUid: 'uid-1', cluster: 'edge' },
      ...{ destination: null, reason: 'requested' },
    });
    expect(activities.of('expireBackups')[0]?.args).toEqual({ ...PLACE, retention: REQUEST.retention });
  });

  test('that is not what was written is taken away again, and removes no other', async () => {
    const activities = new FakeActivities();
    activities.on('verifyBackup', () => {
      throw activityError('BACKUP_CORRUPT', 'its hash is another one');
    });

    const result = await taking(activities);

    expect(result).toMatchObject({ status: 'failed', failure: { code: 'BACKUP_CORRUPT' }, cluster: null });
    expect(activities.of('discardBackup')[0]?.args).toEqual({
      ...PLACE,
      detail: 'BACKUP_CORRUPT: its hash is another one',
    });
    expect(activities.of('completeBackup')).toEqual([]);
    expect(activities.of('expireBackups')).toEqual([]);
  });

  test('is tried again while that can help, and not for ever: nobody is asked', async () => {
    const activities = new FakeActivities();
    activities.on('takeBackup', () => {
      throw activityError('BACKUP_DESTINATION_FAILED', 'the share is not mounted');
    });

    const result = await taking(activities);

    expect(result).toMatchObject({ status: 'failed', failure: { code: 'BACKUP_DESTINATION_FAILED' } });
    expect(activities.of('takeBackup')).toHaveLength(10);
    expect(activities.of('discardBackup')).toHaveLength(1);
  });

  test('that was given no place has nothing to take away', async () => {
    const activities = new FakeActivities();
    activities.on('beginBackup', () => {
      throw activityError('BACKUP_DESTINATION_UNKNOWN', 'there is no destination "x"');
    });

    const result = await taking(activities);

    expect(result).toMatchObject({
      status: 'failed',
      failure: { code: 'BACKUP_DESTINATION_UNKNOWN' },
      notes: [],
    });
    expect(names(activities)).toEqual(['beginBackup']);
  });

  test('is there although an old one could not be removed, and says so', async () => {
    const activities = new FakeActivities();
    activities.on('expireBackups', () => {
      throw activityError('BACKUP_DESTINATION_REJECTED', 'deleting is not allowed');
    });

    const result = await taking(activities);

    expect(result.status).toBe('succeeded');
    expect(result.notes[1]).toBe('old backups could not be removed: deleting is not allowed');
    expect(activities.of('discardBackup')).toEqual([]);
  });

  test('says what of it is left, where that could not be taken away', async () => {
    const activities = new FakeActivities();
    for (const name of ['takeBackup', 'discardBackup'] as const) {
      activities.on(name, () => {
        throw activityError('BACKUP_DESTINATION_REJECTED', 'the key is wrong');
      });
    }

    const result = await taking(activities);

    expect(result.notes).toEqual(['what was sent of it could not be removed: the key is wrong']);
  });

  describe('cancelled', () => {
    whereTimePasses(world);

    test('that is cancelled is taken away again', async () => {
      const activities = new FakeActivities();
      const result = await world.bed.run(activities, async () => {
        const handle = await start();
        activities.on('takeBackup', async () => {
          await handle.cancel();
          throw activityError('BACKUP_SNAPSHOT_FAILED', 'not yet');
        });
        return handle.result();
      });

      expect(result).toMatchObject({ status: 'cancelled', failure: null });
      expect(activities.of('discardBackup')[0]?.args).toEqual({ ...PLACE, detail: 'it was cancelled' });
      expect(activities.of('expireBackups')).toEqual([]);
    });
  });
});
