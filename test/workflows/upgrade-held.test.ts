import { describe, expect, test } from '@jest/globals';
import { activityError, FakeActivities } from './fake-activities.js';
import { NEW, OLD, short, versionsOf } from './upgraded-cluster.js';
import { onCluster, useWorld, whereTimePasses } from './world.js';

const world = useWorld();

describe('an upgrade that is held', () => {
  test('waits after its canary until it is resumed', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [1, 3], activities, async (handle) => {
      const wish = { strategy: 'IN_PLACE', canary: { workers: 1, pause: true } } as const;
      const id = await world.driver.upgrade(handle, wish);
      await world.driver.stateWhen(handle, ({ nodes }) =>
        nodes.some(({ name, version }) => name.endsWith('worker-1') && version === NEW),
      );
      await world.bed.environment.sleep('1 hour');

      const held = await world.driver.stateWhen(handle, () => true);
      await world.driver.pause(handle, false);
      const state = await world.driver.ended(handle, id);

      expect(versionsOf(held)).toEqual([
        ...[`server-1 ${NEW}`, `worker-1 ${NEW}`, `worker-2 ${OLD}`, `worker-3 ${OLD}`],
      ]);
      expect(held.operation?.status).toBe('running');
      expect(state.nodes.every(({ version }) => version === NEW)).toBe(true);
    });
  });

  test('while it is at a machine brings that one to its end first; cancelled then, it leaves a whole cluster', async () => {
    const activities = new FakeActivities();
    let isHeld = true;
    activities.on('waitForNode', ({ node, version }) => {
      if (isHeld && version === NEW && short(node) === 'server-2') {
        throw activityError('NODE_NOT_READY', 'Ready is False');
      }
    });
    await onCluster(world, [3, 0], activities, async (handle) => {
      const id = await world.driver.upgrade(handle, {});
      await world.driver.stateWhen(handle, ({ nodes }) => nodes.some(({ status }) => status === 'upgrading'));
      await world.driver.stateWhen(handle, ({ nodes }) =>
        nodes.some(({ name, status }) => name.endsWith('server-2') && status === 'upgrading'),
      );
      await world.driver.pause(handle, true);
      isHeld = false;
      await world.driver.stateWhen(handle, ({ nodes }) =>
        nodes.some(({ name, version }) => name.endsWith('server-2') && version === NEW),
      );
      await world.driver.cancel(handle, id);
      const state = await world.driver.ended(handle, id);

      expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'cancelled' } });
      expect(versionsOf(state)).toEqual([`server-1 ${NEW}`, `server-2 ${NEW}`, `server-3 ${OLD}`]);
      expect(state.definition?.version).toBe(OLD);
      expect(activities.of('uncordonNode')).toHaveLength(2);
    });
  });
});

describe('an upgrade that is cancelled', () => {
  whereTimePasses(world);

  /** The first activity of each kind on a machine is held until the upgrade was cancelled. */
  test.each([
    ['cordonNode', [OLD, OLD, OLD, OLD]],
    ['drainNode', [OLD, OLD, OLD, OLD]],
    ['moveEtcdLeader', [OLD, OLD, OLD, OLD]],
    ['runGuestStep', [NEW, OLD, OLD, OLD]],
    ['waitForNode', [NEW, OLD, OLD, OLD]],
    ['waitForEtcdVoters', [NEW, OLD, OLD, OLD]],
    ['uncordonNode', [NEW, OLD, OLD, OLD]],
  ] as const)('at %s leaves no node cordoned, and none half upgraded', async (activity, versions) => {
    const activities = new FakeActivities();
    await onCluster(world, [3, 1], activities, async (handle) => {
      let isHeld = true;
      const before = activities.of(activity).length;
      activities.on(activity, () => {
        if (isHeld) throw activityError('KUBERNETES_UNREACHABLE', 'no answer');
      });
      const id = await world.driver.upgrade(handle, { strategy: 'IN_PLACE', backup: null });
      await world.driver.stateWhen(handle, () => activities.of(activity).length > before);
      await world.driver.cancel(handle, id);
      isHeld = false;

      const state = await world.driver.ended(handle, id);

      expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'cancelled' } });
      expect(state.nodes.map(({ version }) => version)).toEqual([...versions]);
      const touched = new Set(activities.of('cordonNode').map(({ args }) => args['node']));
      const back = new Set(activities.of('uncordonNode').map(({ args }) => args['node']));
      expect([...touched].filter((name) => !back.has(name))).toEqual([]);
    });
  });
});

test('an upgrade that cannot be is refused at once', async () => {
  const activities = new FakeActivities();
  await onCluster(world, [1, 1], activities, async (handle) => {
    const refused = world.driver.upgrade(handle, { version: 'v1.35.0+k3s1' });

    await expect(refused).rejects.toMatchObject({ cause: { type: 'UPGRADE_HOP_MISSING' } });
  });
});
