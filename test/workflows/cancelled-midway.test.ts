/** Operations that are cancelled while an activity runs that does not hear of it, and comes to its end. */
import { expect, test } from '@jest/globals';
import { startLocalTestBed } from './environment.js';
import { FakeActivities } from './fake-activities.js';
import { KeyWorld } from './key-world.js';
import { onCluster, useWorld } from './world.js';

const world = useWorld(startLocalTestBed);

const short = (name: unknown): string => String(name).replace(/^c-[0-9a-f]{8}-/, '');

test('a scale in the last step of a machine leaves the next one as it is', async () => {
  const activities = new FakeActivities();
  await onCluster(world, [1, 3], activities, async (handle) => {
    const child = world.bed.environment.client.workflow.getHandle(`${handle.workflowId}/scale-2`);
    activities.on('releaseMachine', () => child.cancel().then(() => undefined));
    const before = activities.calls.length;

    const state = await world.driver.ended(handle, await world.driver.scale(handle, { targetCount: 1 }));

    expect(state).toMatchObject({ phase: 'READY', operation: { status: 'cancelled' } });
    expect(state.nodes.map(({ name }) => short(name))).toEqual(['server-1', 'worker-1', 'worker-2']);
    // Somebody may have cordoned it for a reason of their own.
    const touched = activities.calls.slice(before).filter(({ args }) => short(args['node']) === 'worker-2');
    expect(touched).toEqual([]);
  });
});

test.each(['authorizeNextKey', 'adoptNextKey', 'withdrawReplacedKey', 'endKeyRotation'])(
  'a rotation of SSH keys in %s leaves a key that works everywhere, and can be gone on with',
  async (step) => {
    const activities = new KeyWorld(3);
    const rotate = { kind: 'rotate-secrets', request: { secrets: ['SSH_KEYS'] } } as const;
    await onCluster(world, [3, 0], activities, async (handle) => {
      const child = world.bed.environment.client.workflow.getHandle(`${handle.workflowId}/rotate-secrets-2`);
      activities.meanwhile = async (name) => {
        if (name === step) await child.cancel();
      };

      const state = await world.driver.ended(handle, await world.driver.operate(handle, rotate));

      expect(state.phase).toBe('READY');
      activities.look();
      activities.meanwhile = () => Promise.resolve();
      await world.driver.ended(handle, await world.driver.operate(handle, rotate));
      activities.look();
      expect(activities.shutOut).toEqual([]);
      expect(new Set(activities.keys).size).toBe(1);
      expect(activities.replaced).toBeNull();
    });
  },
);
