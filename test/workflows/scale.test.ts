import { describe, expect, test } from '@jest/globals';
import { etcdStatus, type EtcdMember } from '../../domain/etcd/status.js';
import type { EtcdServer } from '../../activities/etcd/activities.js';
import type { ClusterState } from '../../workflows/messages.js';
import { aClusterOf } from '../builders/definition.js';
import { uniqueName } from './cluster-driver.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { onCluster, recordedEnd, useWorld, whereTimePasses } from './world.js';

const world = useWorld();

const short = (names: readonly unknown[]): string[] =>
  names.map((name) => String(name).replace(/^c-[0-9a-f]{8}-/, ''));

const machinesOf = ({ nodes }: ClusterState): string[] => short(nodes.map(({ name }) => name));

const countOf = ({ definition }: ClusterState, group: string): number | undefined =>
  definition?.nodeGroups.find(({ name }) => name === group)?.count;

const EFFECTS: ReadonlySet<string> = new Set([
  'claimVm',
  'cordonNode',
  'uncordonNode',
  'drainNode',
  'removeEtcdMember',
  'removeVm',
  'removeNodeObject',
  'releaseMachine',
]);

/** What was done to machines, as `activity machine`, from the given call on. */
function effects({ calls }: FakeActivities, from: number): string[] {
  return calls.slice(from).flatMap(({ name, args }) => {
    const machine = args['node'] ?? args['name'] ?? (args['identity'] as { name?: string } | undefined)?.name;
    return EFFECTS.has(name) ? [`${name} ${short([machine])[0]}`] : [];
  });
}

describe('a scale of workers', () => {
  test('adds machines under names that were never used, and keeps those that there are', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [1, 2], activities, async (handle) => {
      const state = await world.driver.ended(
        handle,
        await world.driver.scale(handle, { targetCount: 4, maxSurge: 2 }),
      );

      expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'succeeded' } });
      expect(machinesOf(state)).toEqual(['server-1', 'worker-1', 'worker-2', 'worker-3', 'worker-4']);
      expect(state.nodes.every(({ ready }) => ready)).toBe(true);
      expect(countOf(state, 'worker')).toBe(4);
      const addresses = state.plan?.machines.map(({ network }) => network.address);
      expect(new Set(addresses).size).toBe(5);
      expect(activities.of('probeAddresses').at(-1)?.args['addresses']).toEqual(addresses?.slice(3));

      const fewer = await world.driver.ended(handle, await world.driver.scale(handle, { targetCount: 2 }));
      const more = await world.driver.ended(handle, await world.driver.scale(handle, { targetCount: 3 }));

      expect(machinesOf(fewer)).toEqual(['server-1', 'worker-1', 'worker-2']);
      expect(machinesOf(more)).toEqual(['server-1', 'worker-1', 'worker-2', 'worker-5']);
    });
    expect(activities.of('removeVm')).toHaveLength(6);
  });

  test('empties each machine before it goes, and gives its address back last', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [1, 2], activities, async (handle) => {
      const before = activities.calls.length;

      const state = await world.driver.ended(
        handle,
        await world.driver.scale(handle, { drainTimeoutSeconds: 90 }),
      );

      expect(effects(activities, before)).toEqual([
        'cordonNode worker-2',
        'drainNode worker-2',
        'removeVm worker-2',
        'removeNodeObject worker-2',
        'releaseMachine worker-2',
      ]);
      expect(activities.of('drainNode')[0]?.args).toMatchObject({ timeoutSeconds: 90 });
      expect(activities.of('removeNodeObject')[0]?.args['uid']).toMatch(/^uid-of-/);
      expect(countOf(state, 'worker')).toBe(1);
    });
  });

  test('brings a node back whose pods may not go, and leaves the cluster READY with the reason', async () => {
    const activities = new FakeActivities();
    activities.on('drainNode', () => {
      throw activityError('DRAIN_BLOCKED', 'shop/cart: PodDisruptionBudget "cart" allows none');
    });
    await onCluster(world, [1, 2], activities, async (handle) => {
      const before = activities.calls.length;

      const state = await world.driver.ended(handle, await world.driver.scale(handle, { targetCount: 1 }));

      expect(state).toMatchObject({
        phase: 'READY',
        failure: { code: 'DRAIN_BLOCKED', detail: expect.stringContaining('"cart" allows none') },
        operation: { status: 'failed' },
      });
      expect(effects(activities, before)).toEqual([
        'cordonNode worker-2',
        'drainNode worker-2',
        'uncordonNode worker-2',
      ]);
      expect(machinesOf(state)).toEqual(['server-1', 'worker-1', 'worker-2']);
      expect(countOf(state, 'worker')).toBe(2);

      const next = await world.driver.ended(handle, await world.driver.scale(handle, { targetCount: 2 }));

      expect(next).toMatchObject({ phase: 'READY', failure: null });
    });
  });

  describe('cancelled', () => {
    whereTimePasses(world);

    test('that is cancelled while a machine is made does away with that machine alone', async () => {
      const activities = new FakeActivities();
      activities.on('waitForSsh', ({ address }) => {
        if (address === '10.1.107.103') throw activityError('SSH_UNREACHABLE', 'no route');
      });
      await onCluster(world, [1, 1], activities, async (handle) => {
        const id = await world.driver.scale(handle, { targetCount: 3 });
        await world.driver.stateWhen(handle, ({ nodes }) =>
          nodes.some(({ name, vmid }) => name.endsWith('worker-3') && vmid !== null),
        );
        const before = activities.calls.length;

        await world.driver.cancel(handle, id);
        const state = await world.driver.ended(handle, id);

        expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'cancelled' } });
        expect(machinesOf(state)).toEqual(['server-1', 'worker-1', 'worker-2']);
        expect(countOf(state, 'worker')).toBe(2);
        expect(effects(activities, before).filter((effect) => effect.startsWith('removeVm'))).toEqual([
          'removeVm worker-3',
        ]);
        const recorded = await recordedEnd(world, handle, activities, id);
        expect(recorded).toMatchObject({ id, outcome: 'cancelled' });
      });
    });

    test('that is cancelled after a machine has begun to leave lets that one go to its end', async () => {
      const activities = new FakeActivities();
      let isBlocked = true;
      activities.on('removeVm', () => {
        if (isBlocked) throw activityError('PROXMOX_PERMISSION', 'VM.Allocate');
      });
      await onCluster(world, [1, 3], activities, async (handle) => {
        const id = await world.driver.scale(handle, { targetCount: 1 });
        await world.driver.stateWhen(handle, () => activities.of('removeVm').length > 0);
        isBlocked = false;

        await world.driver.cancel(handle, id);
        const state = await world.driver.ended(handle, id);

        expect(machinesOf(state)).toEqual(['server-1', 'worker-1', 'worker-2']);
        expect(countOf(state, 'worker')).toBe(2);
        expect(activities.of('drainNode')).toHaveLength(1);
      });
    });
  });
});

describe('a scale of the control plane', () => {
  test('from 1 to 3 makes etcd of a lone server first, and lets one member join after the other', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [1, 0], activities, async (handle, { name }) => {
      const before = activities.calls.length;
      const request = { nodeGroup: 'server', targetCount: 3, maxSurge: 2 };

      const state = await world.driver.ended(handle, await world.driver.scale(handle, request));

      expect(state).toMatchObject({ phase: 'READY', failure: null });
      expect(machinesOf(state)).toEqual(['server-1', 'server-2', 'server-3']);
      const joins = activities.calls.slice(before).flatMap(({ name: activity, args }) => {
        const step = args['step'] as { id?: string; files?: readonly { content: string }[] } | undefined;
        if (activity === 'runGuestStep' && step?.id === 'start-server') {
          const isForming = step.files?.some(({ content }) => content.includes('cluster-init: true'));
          return [`start ${String(args['address'])}${isForming === true ? ' cluster-init' : ''}`];
        }
        return ['waitForNode', 'waitForEtcdVoters'].includes(activity)
          ? [`${activity} ${short([args['node'] ?? (args['nodes'] as string[])[0]])[0]}`]
          : [];
      });
      expect(joins).toEqual([
        'start 10.1.107.100 cluster-init',
        'start 10.1.107.101',
        'waitForNode server-2',
        'waitForEtcdVoters server-2',
        'start 10.1.107.102',
        'waitForNode server-3',
        'waitForEtcdVoters server-3',
      ]);
      expect(activities.of('sealKubeconfig').map(({ args }) => args['cluster'])).toEqual([name]);
    });
  });

  test('from 3 to 1 proves the quorum first, and takes one member out after the other', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [3, 0], activities, async (handle) => {
      const before = activities.calls.length;
      const request = { nodeGroup: 'server', targetCount: 1, maxSurge: 3 };

      const state = await world.driver.ended(handle, await world.driver.scale(handle, request));

      expect(state).toMatchObject({ phase: 'READY', failure: null });
      expect(effects(activities, before)).toEqual(
        ['server-3', 'server-2'].flatMap((server) => [
          `cordonNode ${server}`,
          `drainNode ${server}`,
          `removeEtcdMember ${server}`,
          `removeVm ${server}`,
          `removeNodeObject ${server}`,
          `releaseMachine ${server}`,
        ]),
      );
      expect(machinesOf(state)).toEqual(['server-1']);
    });
  });

  test('that would cost the quorum is refused with the proof, and nothing is touched', async () => {
    const activities = new FakeActivities();
    activities.on('readEtcd', ({ servers }) =>
      etcdStatus(
        (servers as readonly EtcdServer[]).map(({ node }, index) => aMember(node, index)),
        [],
      ),
    );
    await onCluster(world, [3, 0], activities, async (handle) => {
      const before = activities.calls.length;
      const request = { nodeGroup: 'server', targetCount: 1 };

      const state = await world.driver.ended(handle, await world.driver.scale(handle, request));

      expect(state).toMatchObject({ phase: 'READY', failure: { code: 'ETCD_CHANGE_REFUSED' } });
      expect(state.failure?.detail).toMatch(/server-1 is not healthy: no answer.*2 of 3 voters are healthy/);
      expect(effects(activities, before)).toEqual([]);
      expect(countOf(state, 'server')).toBe(3);
    });
  });
});

/** The first one of three does not answer. */
function aMember(node: string, index: number): EtcdMember {
  const isHealthy = index !== 0;
  return {
    ...{ id: String(index + 1), name: node, node, peerUrls: [], databaseBytes: 1, revision: 1 },
    ...{ isLearner: false, isLeader: index === 1, isHealthy, problem: isHealthy ? null : 'no answer' },
    appliedIndex: isHealthy ? 9 : null,
  };
}

describe('an operation', () => {
  describe('cancelled', () => {
    whereTimePasses(world);

    test('waits for the one before it, and is dropped when it is cancelled', async () => {
      const activities = new FakeActivities();
      let isHeld = true;
      activities.on('drainNode', () => {
        if (isHeld) throw activityError('KUBERNETES_UNREACHABLE', 'no answer');
      });
      await onCluster(world, [1, 3], activities, async (handle) => {
        const first = await world.driver.scale(handle, { targetCount: 2 });
        const second = await world.driver.scale(handle, { targetCount: 1 });
        const third = await world.driver.scale(handle, { targetCount: 5 });
        const waiting = await world.driver.stateWhen(handle, ({ phase }) => phase === 'SCALING');
        await world.driver.cancel(handle, second);
        isHeld = false;

        const state = await world.driver.ended(handle, third);

        expect(waiting.operation?.id).toBe(first);
        expect(countOf(state, 'worker')).toBe(5);
        await recordedEnd(world, handle, activities, third);
        const outcomes = activities.of('finishOperation').map(({ args }) => [args['id'], args['outcome']]);
        expect(outcomes.slice(1)).toEqual([
          [second, 'cancelled'],
          [first, 'succeeded'],
          [third, 'succeeded'],
        ]);
        const again = world.driver.cancel(handle, first);
        await expect(again).rejects.toMatchObject({ cause: { type: 'OPERATION_OVER' } });
      });
    });
  });

  test('is refused where it makes no sense', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [3, 1], activities, async (handle, { name }) => {
      const refused = async (request: object): Promise<unknown> =>
        world.driver
          .scale(handle, request)
          .catch((error: { cause: { type: string; message: string } }) => error.cause);

      expect(await refused({ nodeGroup: 'edge' })).toMatchObject({
        type: 'NODE_GROUP_NOT_FOUND',
        message: `cluster "${name}" has no node group "edge"; it has "server", "worker"`,
      });
      expect(await refused({ nodeGroup: 'server', targetCount: 2 })).toMatchObject({ type: 'SCALE_REFUSED' });
      expect(await refused({ nodeGroup: 'server', targetCount: 0 })).toMatchObject({ type: 'SCALE_REFUSED' });
    });
  });

  test('is refused while the cluster is made', async () => {
    const activities = new FakeActivities();
    activities.on('waitForSsh', (_args, callNumber) => {
      if (callNumber === 1) throw activityError('SSH_UNREACHABLE', 'no route');
    });
    await world.bed.run(activities, async () => {
      const handle = await world.driver.provision(aClusterOf(1, 1, { name: uniqueName() }));

      const early = world.driver.scale(handle, { targetCount: 2 });

      await expect(early).rejects.toMatchObject({ cause: { type: 'PHASE_CONFLICT' } });
      await world.driver.settled(handle);
      await world.driver.decommission(handle);
    });
  });
});
