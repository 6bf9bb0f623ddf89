import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { GuestStep } from '../../domain/guest-step.js';
import type { Inventory } from '../../domain/inventory.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import type { DrilledBackup, drillBackup } from '../../workflows/drill-backup.js';
import { aClusterOf } from '../builders/definition.js';
import { aPlan } from '../builders/plan.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { useWorld, whereTimePasses } from './world.js';

const world = useWorld();

const BACKUP_ID = '0c0ffee0-0000-4000-8000-000000000001';
const PLACE = { backupId: BACKUP_ID, clusterUid: 'uid-1', destination: 'nas' };
const SCRATCH = 'edge-drill-b0c0ffee0';
const DEFINITION = aClusterOf(3, 1, { name: 'edge' });

function someActivities(): FakeActivities {
  const activities = new FakeActivities();
  activities.on('beginDrill', () => ({ place: PLACE, definition: DEFINITION, plan: aPlan(DEFINITION) }));
  return activities;
}

const start = () =>
  world.bed.environment.client.workflow.start<typeof drillBackup>('drillBackup', {
    workflowId: `backup/drill/edge-${randomUUID()}`,
    taskQueue: TASK_QUEUES.workflows,
    args: [{ cluster: 'edge', backupId: BACKUP_ID }],
  });

const drilled = (activities: FakeActivities): Promise<DrilledBackup> =>
  world.bed.run(activities, async () => (await start()).result());

const outcomeOf = (activities: FakeActivities): unknown => activities.of('endDrill').at(-1)?.args['outcome'];
const removed = (activities: FakeActivities): unknown[] =>
  activities.of('removeVm').map(({ args }) => (args['identity'] as { name: string }).name);

describe('a drill of a backup', () => {
  test('restores it into a machine of its own, and compares what is there then', async () => {
    const activities = someActivities();

    const result = await drilled(activities);

    expect(result).toEqual({ backupId: BACKUP_ID, state: 'passed', detail: null });
    expect(outcomeOf(activities)).toEqual({ state: 'passed', objects: 7, detail: null });
    const names = activities.calls.map(({ name }) => name);
    const order = ['verifyBackup', 'reserveMachines', 'lendDrillToken', 'claimVm', 'deliverSnapshot'];
    const done = names.filter((name) => [...order, 'compareDrilled', 'removeVm', 'endDrill'].includes(name));
    expect(done).toEqual([...order, 'compareDrilled', 'removeVm', 'endDrill']);
    const [compared] = activities.of('compareDrilled');
    expect(compared?.args['database']).toBe('/var/lib/rancher/k3s/server/db/etcd/member/snap/db');
    expect(removed(activities)).toEqual([SCRATCH]);
    expect(activities.of('releaseMachine').map(({ args }) => args['name'])).toEqual([SCRATCH]);
  });

  test('starts no control plane, and reads the snapshot with the token of the backup', async () => {
    const activities = someActivities();

    await drilled(activities);

    const steps = activities.of('runGuestStep').map(({ args }) => args['step'] as GuestStep);
    expect(steps.map(({ id }) => id)).toEqual(['install-k3s', 'stop-server', 'restore-snapshot']);
    const written = steps.flatMap(({ files }) => files).map(({ content }) => content);
    expect(written.some((content) => content.includes('{{secret:drill-join-token}}'))).toBe(true);
    expect(written.some((content) => content.includes('{{secret:join-token}}'))).toBe(false);
    expect(activities.of('waitForNode')).toEqual([]);
    expect(activities.of('sealKubeconfig')).toEqual([]);
  });

  test('finds room also where the members of the cluster have to keep apart, and every host has one', async () => {
    const activities = new FakeActivities();
    const nodeGroups = DEFINITION.nodeGroups.map((group) => ({
      ...group,
      placement: { ...group.placement, antiAffinity: 'HARD' as const },
    }));
    const definition = { ...DEFINITION, nodeGroups };
    activities.on('beginDrill', () => ({ place: PLACE, definition, plan: aPlan(definition) }));

    expect(await drilled(activities)).toMatchObject({ state: 'passed' });
    const [observed] = activities.of('planScale').map(({ args }) => args['inventory'] as Inventory);
    expect(observed?.hosts).toHaveLength(3);
  });

  test('takes away what an earlier one left, and nothing of the cluster', async () => {
    const activities = someActivities();
    const identity = (name: string) => ({ name, uuid: `uuid-${name}`, vmid: 9_000, cluster: 'edge' });
    activities.on('listMachines', (_args, time) =>
      time === 1 ? ['edge-server-1', 'edge-drill-bdeadbeef'].map(identity) : undefined,
    );

    await drilled(activities);

    expect(removed(activities)).toEqual(['edge-drill-bdeadbeef', SCRATCH]);
  });
});

describe('a drill that fails', () => {
  test.each([
    ['verifyBackup', 'BACKUP_CORRUPT', []],
    ['lendDrillToken', 'BACKUP_CORRUPT', [SCRATCH]],
    ['deliverSnapshot', 'BACKUP_CORRUPT', [SCRATCH]],
    ['compareDrilled', 'RESTORE_INCOMPLETE', [SCRATCH]],
  ] as const)('in %s says why with the backup, and leaves no machine', async (activity, code, machines) => {
    const activities = someActivities();
    activities.on(activity, () => {
      throw activityError(code, 'one is missing');
    });

    const result = await drilled(activities);

    expect(result).toEqual({ backupId: BACKUP_ID, state: 'failed', detail: `${code}: one is missing` });
    expect(outcomeOf(activities)).toMatchObject({ state: 'failed', detail: `${code}: one is missing` });
    expect(removed(activities)).toEqual(machines);
    expect(activities.calls.at(-1)?.name).toBe('endDrill');
  });

  test('on its machine does so, too', async () => {
    const activities = someActivities();
    activities.on('runGuestStep', ({ step }) => {
      if ((step as GuestStep).id === 'restore-snapshot') throw activityError('STEP_NOT_VERIFIED', 'no etcd');
    });

    const result = await drilled(activities);

    expect(result).toMatchObject({ state: 'failed', detail: expect.stringContaining('no etcd') });
    expect(removed(activities)).toEqual([SCRATCH]);
  });

  test('before it has begun touches nothing', async () => {
    const activities = new FakeActivities();

    await expect(drilled(activities)).rejects.toMatchObject({
      cause: { type: 'BACKUP_NOT_FOUND' },
    });
    expect(activities.calls.map(({ name }) => name)).toEqual(['beginDrill']);
  });

  describe('cancelled', () => {
    whereTimePasses(world);

    test('as it is cancelled takes its machine away first', async () => {
      const activities = someActivities();
      activities.on('deliverSnapshot', () => {
        throw activityError('SSH_UNREACHABLE', 'no answer');
      });
      await world.bed.run(activities, async () => {
        const handle = await start();
        while (activities.of('deliverSnapshot').length === 0) await world.bed.environment.sleep('1 second');

        await handle.cancel();

        await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
      });
      expect(removed(activities)).toEqual([SCRATCH]);
      expect(outcomeOf(activities)).toEqual({ state: 'failed', objects: null, detail: 'it was cancelled' });
    });
  });
});
