import { describe, expect, test } from '@jest/globals';
import { etcdStatus } from '../../domain/etcd/status.js';
import type { EtcdServer } from '../../activities/etcd/activities.js';
import type { WantedMove } from '../../domain/hosts/move-machines.js';
import { type ClusterHandle } from './cluster-driver.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { onCluster, useWorld, whereTimePasses } from './world.js';

const world = useWorld();

type Wanted = Partial<WantedMove> & { readonly machine: string };

async function move(handle: ClusterHandle, name: string, wanted: readonly Wanted[]): Promise<string> {
  const machines = wanted.map(({ machine, ...change }): WantedMove => {
    return { name: `${name}-${machine}`, to: 'hv9', mode: 'LIVE', isRunning: true, ...change };
  });
  const request = { from: 'hv5', machines, drainTimeoutSeconds: 300 };
  return world.driver.operate(handle, { kind: 'move-machines', request });
}

const EFFECTS = [
  ...['cordonNode', 'drainNode', 'moveEtcdLeader', 'shutDownVm', 'migrateVm', 'startVm', 'waitForNode'],
  ...['waitForEtcdVoters', 'uncordonNode'],
];

/** What was done to machines, from the given call on. */
function effects({ calls }: FakeActivities, from: number): string[] {
  return calls.slice(from).flatMap(({ name, args }) => {
    const machine =
      args['node'] ?? (args['nodes'] as string[] | undefined)?.[0] ?? identityIn(args) ?? args['from'];
    return EFFECTS.includes(name) ? [`${name} ${String(machine).replace(/^c-[0-9a-f]{8}-/, '')}`] : [];
  });
}

function identityIn(args: Record<string, unknown>): string | undefined {
  return (args['identity'] as { name?: string } | undefined)?.name;
}

const uncordoned = (activities: FakeActivities): number => activities.of('uncordonNode').length;

describe('machines that leave a host', () => {
  test('go one after the other, each with its work back before the next one goes', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [3, 1], activities, async (handle, { name }) => {
      const before = activities.calls.length;

      const id = await move(handle, name, [
        { machine: 'worker-1' },
        { machine: 'server-1' },
        { machine: 'server-2', mode: 'OFFLINE' },
      ]);
      const state = await world.driver.ended(handle, id);

      expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'succeeded' } });
      const server = (machine: string, ...between: string[]): string[] => [
        ...[`cordonNode ${machine}`, `drainNode ${machine}`, `moveEtcdLeader ${machine}`],
        ...between,
        ...[`waitForNode ${machine}`, `waitForEtcdVoters ${machine}`, `uncordonNode ${machine}`],
      ];
      expect(effects(activities, before)).toEqual([
        ...['cordonNode worker-1', 'drainNode worker-1', 'migrateVm worker-1'],
        ...['waitForNode worker-1', 'uncordonNode worker-1'],
        ...server('server-1', 'migrateVm server-1'),
        ...server('server-2', 'shutDownVm server-2', 'migrateVm server-2', 'startVm server-2'),
      ]);
      const moved = state.nodes.filter(({ host }) => host === 'hv9').map(({ name: node }) => node);
      expect(moved).toEqual(['server-1', 'server-2', 'worker-1'].map((one) => `${name}-${one}`));
      expect(state.plan?.machines.filter(({ host }) => host === 'hv9')).toHaveLength(3);
    });
  });

  test('stay where they are when the quorum would not be kept, and are not left cordoned', async () => {
    const activities = new FakeActivities();
    activities.on('readEtcd', ({ servers }) =>
      etcdStatus(
        (servers as readonly EtcdServer[]).map(({ node }, index) => ({
          ...{ id: String(index + 1), name: node, node, peerUrls: [], databaseBytes: 1, revision: 1 },
          ...{ isLearner: false, isLeader: index === 2, isHealthy: index !== 0, appliedIndex: 9 },
          problem: index === 0 ? 'no answer' : null,
        })),
        [],
      ),
    );
    await onCluster(world, [3, 0], activities, async (handle, { name }) => {
      const before = activities.calls.length;

      const state = await world.driver.ended(handle, await move(handle, name, [{ machine: 'server-2' }]));

      expect(state).toMatchObject({ phase: 'READY', failure: { code: 'ETCD_CHANGE_REFUSED' } });
      expect(state.failure?.detail).toContain('etcd would lose its quorum');
      expect(effects(activities, before)).toEqual([
        ...['cordonNode server-2', 'drainNode server-2', 'uncordonNode server-2'],
      ]);
    });
  });

  test('of a lone control plane are moved while they run, and are not shut down', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [1, 0], activities, async (handle, { name }) => {
      const live = await world.driver.ended(handle, await move(handle, name, [{ machine: 'server-1' }]));
      const offline = await world.driver.ended(
        handle,
        await move(handle, name, [{ machine: 'server-1', mode: 'OFFLINE' }]),
      );

      expect(live).toMatchObject({ failure: null, operation: { status: 'succeeded' } });
      expect(offline).toMatchObject({ failure: { code: 'ETCD_CHANGE_REFUSED' } });
      expect(activities.of('shutDownVm')).toEqual([]);
    });
  });

  test('are where they were after a migration that failed: running, uncordoned, and the next one does not go', async () => {
    const activities = new FakeActivities();
    activities.on('migrateVm', () => {
      throw activityError('MIGRATION_FAILED', 'VM 20001 is still on hv5');
    });
    await onCluster(world, [1, 2], activities, async (handle, { name }) => {
      const before = activities.calls.length;

      const id = await move(handle, name, [
        { machine: 'worker-1', mode: 'OFFLINE' },
        { machine: 'worker-2' },
      ]);
      const state = await world.driver.ended(handle, id);

      expect(state).toMatchObject({ phase: 'READY', failure: { code: 'MIGRATION_FAILED' } });
      expect(effects(activities, before)).toEqual([
        ...['cordonNode worker-1', 'drainNode worker-1', 'shutDownVm worker-1', 'migrateVm worker-1'],
        ...['startVm worker-1', 'uncordonNode worker-1'],
      ]);
      expect(state.nodes.every(({ host }) => host !== 'hv9')).toBe(true);
    });
  });

  test('go on after a reply that was lost: the same move is asked for again', async () => {
    const activities = new FakeActivities();
    activities.on('migrateVm', (_args, callNumber) => {
      if (callNumber === 1) throw activityError('OUTCOME_UNKNOWN', 'no answer');
    });
    await onCluster(world, [1, 1], activities, async (handle, { name }) => {
      const state = await world.driver.ended(handle, await move(handle, name, [{ machine: 'worker-1' }]));

      expect(state).toMatchObject({ failure: null, operation: { status: 'succeeded' } });
      const [first, second] = activities.of('migrateVm');
      expect(second?.args).toEqual(first?.args);
    });
  });

  test('of a host that dies in the midst are given up in the end, with what could not be undone', async () => {
    const activities = new FakeActivities();
    let isDead = false;
    activities.on('migrateVm', () => {
      isDead = true;
      throw activityError('PROXMOX_NODE_UNREACHABLE', '595 No route to host');
    });
    activities.on('startVm', () => {
      if (isDead) throw activityError('PROXMOX_NODE_UNREACHABLE', '595 No route to host');
    });
    await onCluster(world, [1, 1], activities, async (handle, { name }) => {
      const id = await move(handle, name, [{ machine: 'worker-1', mode: 'OFFLINE' }]);
      await world.bed.environment.sleep('7 hours');
      const state = await world.driver.ended(handle, id);

      expect(state).toMatchObject({ phase: 'READY', failure: { code: 'PROXMOX_NODE_UNREACHABLE' } });
      const recorded = activities.of('finishOperation').at(-1)?.args;
      expect(recorded?.['detail']).toContain('worker-1 may be off: PROXMOX_NODE_UNREACHABLE');
      expect(uncordoned(activities)).toBe(1);
    });
  });

  describe('cancelled', () => {
    whereTimePasses(world);

    test.each(['cordonNode', 'drainNode', 'moveEtcdLeader'] as const)(
      'are not moved when that is cancelled at %s, and are not left cordoned',
      async (at) => {
        const activities = new FakeActivities();
        activities.on(at, () => {
          throw activityError('KUBERNETES_UNREACHABLE', 'no answer');
        });
        await onCluster(world, [3, 0], activities, async (handle, { name }) => {
          const id = await move(handle, name, [{ machine: 'server-1' }, { machine: 'server-2' }]);
          await world.driver.stateWhen(handle, () => activities.of(at).length > 0);

          await world.driver.cancel(handle, id);
          const state = await world.driver.ended(handle, id);

          expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'cancelled' } });
          expect(uncordoned(activities)).toBe(1);
          expect(activities.of('migrateVm')).toEqual([]);
        });
      },
    );

    test.each(['shutDownVm', 'migrateVm', 'startVm', 'waitForNode'] as const)(
      'end their way when that is cancelled at %s, and no other one begins',
      async (at) => {
        const activities = new FakeActivities();
        await onCluster(world, [1, 2], activities, async (handle, { name }) => {
          const made = activities.of(at).length;
          let isBlocked = true;
          activities.on(at, () => {
            if (isBlocked) throw activityError('PROXMOX_CONTENTION', 'got lock request timeout');
          });
          const id = await move(handle, name, [
            { machine: 'worker-1', mode: 'OFFLINE' },
            { machine: 'worker-2', mode: 'OFFLINE' },
          ]);
          await world.driver.stateWhen(handle, () => activities.of(at).length > made);
          await world.driver.cancel(handle, id);
          isBlocked = false;
          const state = await world.driver.ended(handle, id);

          expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'cancelled' } });
          expect(new Set(activities.of('migrateVm').map(({ args }) => identityIn(args)))).toEqual(
            new Set([`${name}-worker-1`]),
          );
          expect(activities.of('cordonNode')).toHaveLength(1);
          expect(uncordoned(activities)).toBe(1);
        });
      },
    );
  });
});
