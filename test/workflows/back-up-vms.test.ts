import { describe, expect, test } from '@jest/globals';
import type { EtcdServer } from '../../activities/etcd/activities.js';
import { etcdStatus } from '../../domain/etcd/status.js';
import type { MachineIdentity } from '../../domain/machine.js';
import type { VmBackup } from '../../domain/vm-backup/vm-backup.js';
import type { VmBackupRequest } from '../../domain/vm-backup/vm-backup-request.js';
import type { DayTwoOperation } from '../../workflows/messages.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { aVmBackup } from './fake-vm-backups.js';
import { onCluster, useWorld, whereTimePasses } from './world.js';

const world = useWorld();

const vmBackup = (change: Partial<VmBackupRequest> = {}): DayTwoOperation => ({
  kind: 'vm-backup',
  request: {
    ...{ backupId: 'backup-9', storage: 'nas', mode: 'SNAPSHOT', nodeGroups: null, keepLast: null },
    ...change,
  },
});

const EFFECTS: ReadonlySet<string> = new Set([
  ...['readEtcd', 'moveEtcdLeader', 'backUpVm', 'endVmBackup', 'waitForEtcdVoters', 'waitForNode'],
  'removeVmBackup',
]);

const short = (name: string): string => name.replaceAll(/c-[0-9a-f]{8}-/g, '');

const effects = ({ calls }: FakeActivities, from: number): string[] =>
  calls.slice(from).flatMap(({ name, args }) => {
    if (!EFFECTS.has(name)) return [];
    const {
      identity,
      node,
      nodes,
      backup,
      from: leader,
    } = args as {
      identity?: MachineIdentity;
      node?: string;
      nodes?: string[];
      backup?: VmBackup;
      from?: string;
    };
    const of = identity?.name ?? node ?? nodes?.join(',') ?? backup?.volume ?? leader ?? '';
    return [`${name} ${short(of)}`.trim()];
  });

const failing = (machine: RegExp) => (args: Record<string, unknown>) => {
  const { name } = args['identity'] as MachineIdentity;
  if (machine.test(name)) throw activityError('VM_BACKUP_FAILED', `${short(name)}: no space left on device`);
  return undefined;
};

describe('a backup of VMs', () => {
  test('takes one member of etcd at a time, with the quorum proved before and the member awaited after', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [3, 2], activities, async (handle, { from }) => {
      const state = await world.driver.ended(handle, await world.driver.operate(handle, vmBackup()));

      expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'succeeded' } });
      const done = effects(activities, from);
      expect(done.slice(0, 9)).toEqual([
        ...['readEtcd', 'backUpVm server-1', 'waitForEtcdVoters server-1'],
        ...['readEtcd', 'backUpVm server-2', 'waitForEtcdVoters server-2'],
        ...['readEtcd', 'backUpVm server-3', 'waitForEtcdVoters server-3'],
      ]);
      expect(done.slice(9).toSorted()).toEqual(['backUpVm worker-1', 'backUpVm worker-2']);
      expect(activities.of('backUpVm')[0]?.args).toMatchObject({ storage: 'nas', backupId: 'backup-9' });
    });
  });

  test('moves the leader away from a member that is stopped, and waits for each node', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [3, 1], activities, async (handle, { from }) => {
      await world.driver.ended(handle, await world.driver.operate(handle, vmBackup({ mode: 'STOP' })));

      const done = effects(activities, from);
      expect(done.slice(0, 5)).toEqual([
        ...['readEtcd', 'moveEtcdLeader server-1', 'backUpVm server-1'],
        ...['waitForEtcdVoters server-1', 'waitForNode server-1'],
      ]);
      expect(done.slice(-2)).toEqual(['backUpVm worker-1', 'waitForNode worker-1']);
    });
  });

  test('asks nobody about a control plane of one, which has no quorum to lose', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [1, 1], activities, async (handle, { from }) => {
      await world.driver.ended(handle, await world.driver.operate(handle, vmBackup()));

      expect(effects(activities, from)).toEqual(['backUpVm server-1', 'backUpVm worker-1']);
    });
  });

  test('touches no member where the quorum would be lost, says so, and backs the workers up', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [3, 1], activities, async (handle, { from }) => {
      activities.on('readEtcd', ({ servers }) =>
        etcdStatus(
          (servers as readonly EtcdServer[]).map(({ node }, index) => ({
            ...{ id: String(index + 1), name: node, node, peerUrls: [], databaseBytes: 1, revision: 1 },
            ...{ isLearner: false, isLeader: index === 0, isHealthy: index !== 2, appliedIndex: 9 },
            problem: index === 2 ? 'it does not answer' : null,
          })),
          [],
        ),
      );

      const state = await world.driver.ended(
        handle,
        await world.driver.operate(handle, vmBackup({ nodeGroups: ['server', 'worker'] })),
      );

      expect(state).toMatchObject({
        phase: 'READY',
        failure: {
          code: 'VM_BACKUP_INCOMPLETE',
          detail: expect.stringMatching(/server-1: ETCD_CHANGE_REFUSED: .*etcd would lose its quorum/),
        },
      });
      // One that is lost already is backed up as it is: nothing is lost by that.
      const done = effects(activities, from).filter((effect) => effect.startsWith('backUpVm'));
      expect(done).not.toContain('backUpVm server-1');
      expect(done).not.toContain('backUpVm server-2');
      expect(done).toContain('backUpVm worker-1');
    });
  });

  test('names each machine that fails, and goes on with the others', async () => {
    const activities = new FakeActivities();
    activities.on('backUpVm', failing(/server-1|worker-2/));
    await onCluster(world, [3, 3], activities, async (handle, { from }) => {
      const state = await world.driver.ended(handle, await world.driver.operate(handle, vmBackup()));

      expect(state.failure?.code).toBe('VM_BACKUP_INCOMPLETE');
      expect(state.failure?.detail).toMatch(/server-1: VM_BACKUP_FAILED: .*; \S+-worker-2: VM_BACKUP_FAILED/);
      const done = effects(activities, from).filter((effect) => effect.startsWith('backUpVm'));
      expect(done).toHaveLength(6);
      expect(effects(activities, from)).toContain('waitForEtcdVoters server-1');
    });
  });

  test('is of the groups that were asked for, and is refused for one that does not exist', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [1, 1], activities, async (handle, { from }) => {
      await expect(world.driver.operate(handle, vmBackup({ nodeGroups: ['workers'] }))).rejects.toMatchObject(
        {
          cause: {
            type: 'NODE_GROUP_NOT_FOUND',
            message: expect.stringContaining('it has "server", "worker"'),
          },
        },
      );

      await world.driver.ended(
        handle,
        await world.driver.operate(handle, vmBackup({ nodeGroups: ['worker'] })),
      );

      expect(effects(activities, from)).toEqual(['backUpVm worker-1']);
    });
  });

  test('keeps the last ones of each machine that was backed up, and leaves those that are protected', async () => {
    const activities = new FakeActivities();
    activities.on('backUpVm', failing(/worker-1/));
    activities.on('listVmBackups', ({ clusterUid }) => {
      const identities = activities
        .of('backUpVm')
        .slice(-2)
        .map(({ args }) => args['identity'] as MachineIdentity);
      return {
        items: identities.flatMap(({ uuid: machineUuid, name: machine }) =>
          [1, 2, 3, 4].map((day) =>
            aVmBackup({
              ...{ clusterUid: String(clusterUid), machineUuid, machine },
              ...{ volume: `${short(machine)} day ${day}`, takenAt: `2026-01-0${day}T00:00:00.000Z` },
              ...{ isProtected: day === 2, backupId: day === 4 ? 'backup-9' : `backup-${day}` },
            }),
          ),
        ),
        notSeen: [],
      };
    });
    await onCluster(world, [1, 1], activities, async (handle, { from }) => {
      await world.driver.ended(handle, await world.driver.operate(handle, vmBackup({ keepLast: 2 })));
      await world.driver.ended(handle, await world.driver.operate(handle, vmBackup({ keepLast: 1 })));

      const removed = effects(activities, from).filter((effect) => effect.startsWith('removeVmBackup'));
      expect(removed).toEqual([
        'removeVmBackup server-1 day 1',
        ...['removeVmBackup server-1 day 3', 'removeVmBackup server-1 day 1'],
      ]);
    });
  });

  test('says that older ones are left, and has succeeded all the same', async () => {
    const activities = new FakeActivities();
    activities.on('listVmBackups', () => {
      throw activityError('PROXMOX_PERMISSION', 'the token needs Datastore.Audit on /storage/nas');
    });
    await onCluster(world, [1, 0], activities, async (handle) => {
      const state = await world.driver.ended(
        handle,
        await world.driver.operate(handle, vmBackup({ keepLast: 1 })),
      );

      expect(state.operation?.status).toBe('succeeded');
      expect(activities.of('finishOperation').at(-1)?.args['detail']).toMatch(
        /^older backups are left: PROXMOX_PERMISSION/,
      );
    });
  });

  describe('cancelled', () => {
    whereTimePasses(world);

    test('that is cancelled between two machines awaits the member back, and touches no further one', async () => {
      const activities = new FakeActivities();
      await onCluster(world, [3, 1], activities, async (handle, { from }) => {
        const child = world.bed.environment.client.workflow.getHandle(`${handle.workflowId}/vm-backup-2`);
        activities.on('waitForEtcdVoters', async () => {
          await child.cancel();
          return undefined;
        });

        const state = await world.driver.ended(handle, await world.driver.operate(handle, vmBackup()));

        expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'cancelled' } });
        const done = effects(activities, from);
        expect(done.filter((effect) => effect.startsWith('backUpVm'))).toEqual(['backUpVm server-1']);
        expect(done.at(-1)).toBe('waitForEtcdVoters server-1');
      });
    });
  });
});
