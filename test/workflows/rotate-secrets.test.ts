import { describe, expect, test } from '@jest/globals';
import type { RotatableSecret } from '../../domain/secrets/rotation-request.js';
import type { DayTwoOperation } from '../../workflows/messages.js';
import { KeyWorld } from './key-world.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { onCluster, useWorld, whereTimePasses } from './world.js';

const world = useWorld();

const rotate = (...secrets: RotatableSecret[]): DayTwoOperation => ({
  kind: 'rotate-secrets',
  request: { secrets },
});

const failure = (code: 'SSH_UNREACHABLE' | 'COMMAND_FAILED', detail: string): Error =>
  activityError(code, detail);

describe('a rotation of SSH keys', () => {
  test('lets the new key in everywhere before it counts, and the old one out only then', async () => {
    const activities = new KeyWorld(4);
    await onCluster(world, [3, 1], activities, async (handle, { from }) => {
      const state = await world.driver.ended(handle, await world.driver.operate(handle, rotate('SSH_KEYS')));

      expect(state).toMatchObject({ phase: 'READY', failure: null });
      const names = activities.calls.slice(from).map(({ name }) => name);
      const order = [
        'beginKeyRotation',
        'authorizeNextKey',
        'adoptNextKey',
        'withdrawReplacedKey',
        'endKeyRotation',
      ];
      const seen = names.filter((name) => order.includes(name));
      expect(seen).toEqual(
        order.flatMap((name) =>
          Array<string>(name.endsWith('Key') && !/adopt/.test(name) ? 4 : 1).fill(name),
        ),
      );
      expect(activities.keys).toEqual(['key-2', 'key-2', 'key-2', 'key-2']);
      expect(activities.shutOut).toEqual([]);
    });
  });

  test('stops with both keys valid where a machine is not reached, names it, and goes on the next time', async () => {
    const activities = new KeyWorld(3);
    let isDown = true;
    activities.on('authorizeNextKey', ({ address }) => {
      if (isDown && address === '10.1.107.101') throw failure('SSH_UNREACHABLE', 'no route to host');
    });
    await onCluster(world, [3, 0], activities, async (handle) => {
      const first = await world.driver.ended(handle, await world.driver.operate(handle, rotate('SSH_KEYS')));

      expect(first.failure).toMatchObject({
        code: 'SECRETS_NOT_ROTATED',
        detail: expect.stringMatching(/the old SSH key is used still.*server-2: SSH_UNREACHABLE: no route/),
      });
      expect(activities.current).toBe('key-1');
      expect(activities.keys.filter((keys) => keys === 'key-1+key-2')).toHaveLength(2);

      isDown = false;
      const second = await world.driver.ended(handle, await world.driver.operate(handle, rotate('SSH_KEYS')));

      expect(second.failure).toBeNull();
      expect(activities.keys).toEqual(['key-2', 'key-2', 'key-2']);
      expect(activities.shutOut).toEqual([]);
    });
  });

  test('leaves the old key on a machine that is not reached, and takes it away the next time', async () => {
    const activities = new KeyWorld(3);
    let isDown = true;
    activities.on('withdrawReplacedKey', ({ address }) => {
      if (isDown && address === '10.1.107.102') throw failure('COMMAND_FAILED', 'read-only file system');
    });
    await onCluster(world, [3, 0], activities, async (handle) => {
      const first = await world.driver.ended(handle, await world.driver.operate(handle, rotate('SSH_KEYS')));

      expect(first.failure?.detail).toMatch(/the new SSH key is used.*server-3: COMMAND_FAILED/);
      expect(activities.shutOut).toEqual([]);

      isDown = false;
      await world.driver.ended(handle, await world.driver.operate(handle, rotate('SSH_KEYS')));

      expect(activities.keys).toEqual(['key-2', 'key-2', 'key-2']);
      expect(activities.of('finishOperation').at(-1)?.args['detail']).toMatch(/an earlier rotation/);
    });
  });
});

const TOKEN_STEPS: ReadonlySet<string> = new Set([
  ...['beginTokenRotation', 'adoptNextToken', 'endTokenRotation', 'readEtcd', 'waitForEtcdVoters'],
]);

const tokenEffects = ({ calls }: FakeActivities, from: number): string[] =>
  calls.slice(from).flatMap(({ name, args }) => {
    if (TOKEN_STEPS.has(name)) return [name];
    if (name !== 'runGuestStep') return [];
    const { id } = args['step'] as { id: string };
    return [`${id} ${String(args['address']).split('.').at(-1)}`];
  });

describe('a rotation of the join token', () => {
  test('replaces it on one server, writes it into the settings of all, and restarts one after the other', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [3, 1], activities, async (handle, { from }) => {
      const state = await world.driver.ended(
        handle,
        await world.driver.operate(handle, rotate('JOIN_TOKEN')),
      );

      expect(state).toMatchObject({ phase: 'READY', failure: null });
      const done = tokenEffects(activities, from);
      expect(done.slice(0, 3)).toEqual(['beginTokenRotation', 'replace-token 100', 'adoptNextToken']);
      expect(done.slice(3, 7).toSorted()).toEqual([0, 1, 2, 3].map((number) => `spread-token 10${number}`));
      expect(done.slice(7)).toEqual([
        ...['readEtcd', 'restart-with-token 100', 'waitForEtcdVoters'],
        ...['readEtcd', 'restart-with-token 101', 'waitForEtcdVoters'],
        ...['readEtcd', 'restart-with-token 102', 'waitForEtcdVoters'],
        'restart-with-token 103',
        'endTokenRotation',
      ]);
    });
  });

  test('changes nothing while a machine is not reached', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [3, 0], activities, async (handle, { from }) => {
      activities.on('waitForSsh', () => {
        throw failure('SSH_UNREACHABLE', 'no route to host');
      });

      const state = await world.driver.ended(
        handle,
        await world.driver.operate(handle, rotate('JOIN_TOKEN')),
      );

      expect(state.failure?.code).toBe('SSH_UNREACHABLE');
      expect(tokenEffects(activities, from)).toEqual(['beginTokenRotation']);
    });
  });

  describe('cancelled', () => {
    whereTimePasses(world);

    test('that has begun is brought to its end although it is cancelled', async () => {
      const activities = new FakeActivities();
      await onCluster(world, [3, 0], activities, async (handle, { from }) => {
        const child = world.bed.environment.client.workflow.getHandle(
          `${handle.workflowId}/rotate-secrets-2`,
        );
        activities.on('adoptNextToken', () => child.cancel());
        const id = await world.driver.operate(handle, rotate('JOIN_TOKEN'));

        await world.driver.ended(handle, id);

        const done = tokenEffects(activities, from);
        expect(done.filter((effect) => effect.startsWith('restart-with-token'))).toHaveLength(3);
        expect(done.at(-1)).toBe('endTokenRotation');
      });
    });
  });
});
