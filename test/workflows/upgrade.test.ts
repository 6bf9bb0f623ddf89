import { describe, expect, test } from '@jest/globals';
import { etcdStatus } from '../../domain/etcd/status.js';
import type { EtcdServer } from '../../activities/etcd/activities.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { effects, GATE, inPlace, NEW, OLD, short, versionsOf } from './upgraded-cluster.js';
import { onCluster, useWorld } from './world.js';

const world = useWorld();

describe('an upgrade in place', () => {
  test('takes a backup, then the control plane one by one, then the workers', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [3, 2], activities, async (handle) => {
      const before = activities.calls.length;

      const state = await world.driver.ended(
        handle,
        await world.driver.upgrade(handle, { strategy: 'IN_PLACE' }),
      );

      expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'succeeded' } });
      expect(state.definition?.version).toBe(NEW);
      expect(effects(activities, before)).toEqual([
        'backup',
        ...inPlace('server-1', '10.1.107.100', true),
        ...inPlace('server-2', '10.1.107.101', true),
        ...inPlace('server-3', '10.1.107.102', true),
        ...inPlace('worker-1', '10.1.107.103', false),
        ...inPlace('worker-2', '10.1.107.104', false),
      ]);
      expect(versionsOf(state)).toEqual(
        ['server-1', 'server-2', 'server-3', 'worker-1', 'worker-2'].map((name) => `${name} ${NEW}`),
      );
      expect(activities.of('takeBackup')).toHaveLength(1);
      expect(activities.of('beginBackup')[0]?.args).toMatchObject({ reason: 'before-upgrade' });
      const detail = activities.of('finishOperation').at(-1)?.args['detail'];
      expect(detail).toMatch(/^the state before is kept as the backup .* at "default"$/);
    });
  });

  test('leaves the pods of an only node where they are, and asks no quorum of it', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [1, 0], activities, async (handle) => {
      const before = activities.calls.length;

      const state = await world.driver.ended(handle, await world.driver.upgrade(handle, { backup: null }));

      expect(effects(activities, before)).toEqual(['restart 10.1.107.100', 'ready server-1']);
      expect(activities.of('readEtcd')).toEqual([]);
      expect(state.definition?.version).toBe(NEW);
    });
  });

  test('of what is there already touches nothing', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [1, 1], activities, async (handle) => {
      const before = activities.calls.length;

      const state = await world.driver.ended(handle, await world.driver.upgrade(handle, { version: OLD }));

      expect(effects(activities, before)).toEqual([]);
      expect(state).toMatchObject({ failure: null, operation: { status: 'succeeded' } });
      expect(activities.of('finishOperation').at(-1)?.args['detail']).toBe(`every node is at ${OLD} already`);
    });
  });

  test('passes through each minor version on the way', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [1, 1], activities, async (handle) => {
      const wish = { strategy: 'IN_PLACE', version: 'v1.34.2+k3s1', via: [NEW] } as const;

      const state = await world.driver.ended(handle, await world.driver.upgrade(handle, wish));

      const ready = activities.of('waitForNode').slice(2);
      expect(ready.map(({ args }) => `${short(args['node'])} ${String(args['version'])}`)).toEqual([
        `server-1 ${NEW}`,
        `worker-1 ${NEW}`,
        'server-1 v1.34.2+k3s1',
        'worker-1 v1.34.2+k3s1',
      ]);
      expect(state.definition?.version).toBe('v1.34.2+k3s1');
    });
  });

  test('that would cost the quorum is refused with the proof, and nothing is emptied', async () => {
    const activities = new FakeActivities();
    activities.on('readEtcd', ({ servers }) =>
      etcdStatus(
        (servers as readonly EtcdServer[]).map(({ node }, index) => ({
          ...{ id: String(index + 1), name: node, node, peerUrls: [], databaseBytes: 1, revision: 1 },
          ...{ isLearner: false, isLeader: index === 1, isHealthy: index !== 2, appliedIndex: 9 },
          problem: index === 2 ? 'no answer' : null,
        })),
        [],
      ),
    );
    await onCluster(world, [3, 0], activities, async (handle) => {
      const before = activities.calls.length;
      const id = await world.driver.upgrade(handle, { backup: null });
      await world.driver.stateWhen(handle, () => activities.of('readEtcd').length >= 6);
      await world.driver.cancel(handle, id);

      const state = await world.driver.ended(handle, id);

      expect(effects(activities, before)).toEqual([]);
      expect(state.definition?.version).toBe(OLD);
      expect(versionsOf(state)).toEqual(['server-1', 'server-2', 'server-3'].map((name) => `${name} ${OLD}`));
    });
  });

  test('without a backup that was asked for does not begin', async () => {
    const activities = new FakeActivities();
    activities.on('takeBackup', () => {
      throw activityError('BACKUP_NOT_POSSIBLE', 'its state is in PostgreSQL');
    });
    await onCluster(world, [1, 1], activities, async (handle) => {
      const before = activities.calls.length;

      const state = await world.driver.ended(handle, await world.driver.upgrade(handle, {}));

      expect(state).toMatchObject({ phase: 'READY', failure: { code: 'BACKUP_NOT_POSSIBLE' } });
      expect(effects(activities, before)).toEqual(['backup']);
      expect(activities.of('discardBackup')).toHaveLength(1);
    });
  });
});

describe('an upgrade whose gate does not open', () => {
  test('stops there, and leaves the cluster at the version of its control plane', async () => {
    const activities = new FakeActivities();
    activities.on('passGate', ({ machine }) => {
      if (short(machine) === 'worker-1') throw activityError('UPGRADE_GATE_FAILED', 'it answers 500');
    });
    await onCluster(world, [1, 3], activities, async (handle) => {
      const wish = { strategy: 'IN_PLACE', gates: [GATE] } as const;

      const state = await world.driver.ended(handle, await world.driver.upgrade(handle, wish));

      expect(state).toMatchObject({
        phase: 'READY',
        failure: { code: 'UPGRADE_GATE_FAILED', detail: 'it answers 500' },
        definition: { version: NEW },
      });
      expect(versionsOf(state)).toEqual([
        ...[`server-1 ${NEW}`, `worker-1 ${NEW}`, `worker-2 ${OLD}`, `worker-3 ${OLD}`],
      ]);
      expect(activities.of('finishOperation').at(-1)?.args['detail']).toContain(
        `the control plane is at ${NEW}, and never goes back`,
      );

      // What is made now is of the version that the control plane has.
      await world.driver.ended(handle, await world.driver.scale(handle, { targetCount: 4 }));
      expect(activities.of('waitForNode').at(-1)?.args).toMatchObject({ version: NEW });
    });
  });

  test('brings workers back that were upgraded in place, where that is asked for', async () => {
    const activities = new FakeActivities();
    activities.on('passGate', ({ machine }) => {
      if (short(machine) === 'worker-2') throw activityError('UPGRADE_GATE_FAILED', 'it answers 500');
    });
    await onCluster(world, [1, 3], activities, async (handle) => {
      const wish = { strategy: 'IN_PLACE', gates: [GATE], rollback: true } as const;

      const state = await world.driver.ended(handle, await world.driver.upgrade(handle, wish));

      expect(versionsOf(state)).toEqual([
        ...[`server-1 ${NEW}`, `worker-1 ${OLD}`, `worker-2 ${OLD}`, `worker-3 ${OLD}`],
      ]);
      expect(state.failure).toMatchObject({ code: 'UPGRADE_GATE_FAILED' });
      const detail = String(activities.of('finishOperation').at(-1)?.args['detail']);
      expect(detail).toMatch(/worker-2 went back to .*worker-1 went back to /);
    });
  });

  test.each(['ROLLING', 'BLUE_GREEN'] as const)(
    'takes the new machines of a %s away again',
    async (strategy) => {
      const activities = new FakeActivities();
      activities.on('passGate', ({ machine }) => {
        if (short(machine).startsWith('worker')) throw activityError('UPGRADE_GATE_FAILED', 'it answers 500');
      });
      await onCluster(world, [1, 2], activities, async (handle) => {
        const state = await world.driver.ended(
          handle,
          await world.driver.upgrade(handle, { strategy, gates: [GATE] }),
        );

        expect(versionsOf(state)).toEqual([`server-1 ${NEW}`, `worker-1 ${OLD}`, `worker-2 ${OLD}`]);
        expect(state.failure).toMatchObject({ code: 'UPGRADE_GATE_FAILED' });
        expect(state.definition?.nodeGroups.map(({ count }) => count)).toEqual([1, 2]);
      });
    },
  );

  test('replaces new machines by ones of the old version, where that is asked for', async () => {
    const activities = new FakeActivities();
    activities.on('passGate', ({ machine }) => {
      if (short(machine) === 'worker-4') throw activityError('UPGRADE_GATE_FAILED', 'it answers 500');
    });
    await onCluster(world, [1, 2], activities, async (handle) => {
      const state = await world.driver.ended(
        handle,
        await world.driver.upgrade(handle, { gates: [GATE], rollback: true }),
      );

      expect(versionsOf(state)).toEqual([`server-1 ${NEW}`, `worker-2 ${OLD}`, `worker-5 ${OLD}`]);
    });
  });
});

describe('an upgrade that replaces workers', () => {
  test('rolling makes a new one before an old one goes', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [1, 2], activities, async (handle) => {
      const before = activities.calls.length;

      const state = await world.driver.ended(handle, await world.driver.upgrade(handle, { gates: [GATE] }));

      expect(effects(activities, before)).toEqual([
        'backup',
        ...inPlace('server-1', '10.1.107.100', false),
        'gate server-1',
        ...['ready worker-3', 'gate worker-3', 'cordon worker-1', 'drain worker-1', 'remove worker-1'],
        ...['ready worker-4', 'gate worker-4', 'cordon worker-2', 'drain worker-2', 'remove worker-2'],
      ]);
      expect(versionsOf(state)).toEqual([`server-1 ${NEW}`, `worker-3 ${NEW}`, `worker-4 ${NEW}`]);
    });
  });

  test('blue and green makes all new ones before the first old one goes', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [1, 3], activities, async (handle) => {
      const before = activities.calls.length;

      const wish = { strategy: 'BLUE_GREEN', maxSurge: 3 } as const;
      const state = await world.driver.ended(handle, await world.driver.upgrade(handle, wish));

      const done = effects(activities, before).filter((effect) => /worker/.test(effect));
      expect(done.slice(0, 3).sort()).toEqual(['ready worker-4', 'ready worker-5', 'ready worker-6']);
      expect(done.filter((effect) => effect.startsWith('remove')).sort()).toEqual([
        ...['remove worker-1', 'remove worker-2', 'remove worker-3'],
      ]);
      expect(state.nodes).toHaveLength(4);
    });
  });

  test('takes a new one away again when an old one cannot be emptied', async () => {
    const activities = new FakeActivities();
    activities.on('drainNode', ({ node }) => {
      if (short(node) === 'worker-2') throw activityError('DRAIN_BLOCKED', '"cart" allows none');
    });
    await onCluster(world, [1, 2], activities, async (handle) => {
      const state = await world.driver.ended(handle, await world.driver.upgrade(handle, {}));

      expect(state.failure).toMatchObject({ code: 'DRAIN_BLOCKED' });
      expect(versionsOf(state)).toEqual([`server-1 ${NEW}`, `worker-2 ${OLD}`, `worker-3 ${NEW}`]);

      activities.on('drainNode', () => ({ nodeUid: 'uid', evicted: [], left: [], warnings: [] }));
      const again = await world.driver.ended(handle, await world.driver.upgrade(handle, {}));

      expect(again.failure).toBeNull();
      expect(versionsOf(again)).toEqual([`server-1 ${NEW}`, `worker-3 ${NEW}`, `worker-5 ${NEW}`]);
    });
  });
});
