import { describe, expect, test } from '@jest/globals';
import type { EtcdServer } from '../../activities/etcd/activities.js';
import { etcdStatus } from '../../domain/etcd/status.js';
import type { ClusterState } from '../../workflows/messages.js';
import { aClusterOf } from '../builders/definition.js';
import { uniqueName, type ClusterHandle } from './cluster-driver.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { guestsOf, READY, SILENT, vmsOf } from './fake-health.js';
import { useWorld, whereTimePasses } from './world.js';

const world = useWorld();

type Ill = 'stopped' | 'hung' | 'well' | 'host-down';

/** Runs `work` on a READY cluster of which one machine is ill, and then ends it. */
async function withIll(
  [servers, workers]: readonly [number, number],
  { machine, ill }: { readonly machine: string; readonly ill: Ill },
  work: (handle: ClusterHandle, ill: string, activities: FakeActivities) => Promise<void>,
): Promise<void> {
  const activities = new FakeActivities();
  const name = uniqueName();
  const sick = `${name}-${machine}`;
  const isIll = ill !== 'well';
  activities.on('lookAtNodes', () => {
    const names = activities.of('waitForNode').map(({ args }) => String(args['node']));
    const nodes = names.map((node) => [node, isIll && node === sick ? SILENT : READY]);
    return { nodes: Object.fromEntries(nodes), unseen: [] };
  });
  const vm = ill === 'stopped' ? ({ vm: 'stopped' } as const) : {};
  const host = ill === 'host-down' ? ({ hostState: 'offline', vm: 'unknown' } as const) : {};
  activities.on('lookAtVms', (request) => vmsOf(request, { [sick]: { ...vm, ...host } }));
  activities.on('lookAtGuests', (request) => guestsOf(request, 'silent'));
  await world.bed.run(activities, async () => {
    const handle = await world.driver.provision(aClusterOf(servers, workers, { name }));
    await world.driver.settled(handle);
    await work(handle, sick, activities);
    await world.driver.decommission(handle);
  });
}

const short = (name: unknown): string => String(name).replace(/^c-[0-9a-f]{8}-/, '');
const machinesOf = ({ nodes }: ClusterState): string[] => nodes.map(({ name }) => short(name));

const EFFECTS: ReadonlySet<string> = new Set([
  ...['fenceVm', 'startVm', 'claimVm', 'cordonNode', 'uncordonNode', 'removeEtcdMember'],
  ...['removeVm', 'removeNodeObject', 'releaseMachine'],
]);

function effects({ calls }: FakeActivities, from: number): string[] {
  return calls.slice(from).flatMap(({ name, args }) => {
    const machine = args['node'] ?? args['name'] ?? (args['identity'] as { name?: string } | undefined)?.name;
    return EFFECTS.has(name) ? [`${name} ${short(machine)}`] : [];
  });
}

describe('a heal', () => {
  test('starts a machine whose VM is off, and waits until it is Ready', async () => {
    await withIll([1, 2], { machine: 'worker-2', ill: 'stopped' }, async (handle, machine, activities) => {
      const before = activities.calls.length;

      const id = await world.driver.heal(handle, { action: 'START', machine, readySeconds: 240 });
      const state = await world.driver.ended(handle, id);

      expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'succeeded' } });
      expect(effects(activities, before)).toEqual(['startVm worker-2']);
      expect(activities.of('waitForNode').at(-1)?.args).toMatchObject({ node: machine, version: null });
      expect(machinesOf(state)).toEqual(['server-1', 'worker-1', 'worker-2']);
    });
  });

  test('cuts the power of one that hangs, and only then starts it', async () => {
    await withIll([3, 0], { machine: 'server-3', ill: 'hung' }, async (handle, machine, activities) => {
      const before = activities.calls.length;

      const id = await world.driver.heal(handle, { action: 'RESTART', machine, group: 'server' });
      const state = await world.driver.ended(handle, id);

      expect(state).toMatchObject({ phase: 'READY', failure: null });
      expect(effects(activities, before)).toEqual(['fenceVm server-3', 'startVm server-3']);
      expect(activities.of('readEtcd').length).toBeGreaterThan(0);
    });
  });

  test('does not restart a member of etcd that the quorum needs', async () => {
    await withIll([3, 0], { machine: 'server-3', ill: 'hung' }, async (handle, machine, activities) => {
      activities.on('readEtcd', ({ servers }) =>
        etcdStatus(
          (servers as readonly EtcdServer[]).map(({ node }, index) => {
            const isHealthy = !node.endsWith('server-1');
            const problem = isHealthy ? null : 'no answer';
            const seen = { isHealthy, problem, isLearner: false, isLeader: index === 1, appliedIndex: 9 };
            return {
              id: String(index + 1),
              name: node,
              node,
              peerUrls: [],
              databaseBytes: 1,
              revision: 1,
              ...seen,
            };
          }),
          [],
        ),
      );
      const before = activities.calls.length;

      const id = await world.driver.heal(handle, { action: 'RESTART', machine, group: 'server' });
      const state = await world.driver.ended(handle, id);

      expect(state.failure).toMatchObject({ code: 'ETCD_CHANGE_REFUSED' });
      expect(state.failure?.detail).toContain('etcd would lose its quorum');
      expect(effects(activities, before)).toEqual([]);
    });
  });

  test('does nothing to a machine that is well by now, and that does not count against it', async () => {
    await withIll([1, 2], { machine: 'worker-2', ill: 'well' }, async (handle, machine, activities) => {
      const before = activities.calls.length;

      const id = await world.driver.heal(handle, { action: 'REPLACE', machine });
      const state = await world.driver.ended(handle, id);

      expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'succeeded' } });
      expect(effects(activities, before)).toEqual([]);
      expect(activities.of('retractHeal').map(({ args }) => args['id'])).toEqual([id]);
      const outcome = activities.of('finishOperation').at(-1)?.args;
      expect(outcome?.['detail']).toContain('is well again');
    });
  });

  test('touches nothing of a machine whose host is down', async () => {
    await withIll([1, 2], { machine: 'worker-2', ill: 'host-down' }, async (handle, machine, activities) => {
      const before = activities.calls.length;

      const id = await world.driver.heal(handle, { action: 'REPLACE', machine });
      const state = await world.driver.ended(handle, id);

      expect(state.failure).toMatchObject({ code: 'HEAL_REFUSED' });
      expect(state.failure?.detail).toContain('its host is down');
      expect(effects(activities, before)).toEqual([]);
      expect(machinesOf(state)).toEqual(['server-1', 'worker-1', 'worker-2']);
    });
  });
});

describe('a replacement', () => {
  test('of a worker switches it off, makes another one, and then removes it', async () => {
    await withIll([1, 2], { machine: 'worker-1', ill: 'hung' }, async (handle, machine, activities) => {
      const before = activities.calls.length;

      const id = await world.driver.heal(handle, { action: 'REPLACE', machine });
      const state = await world.driver.ended(handle, id);

      expect(state).toMatchObject({ phase: 'READY', failure: null });
      expect(effects(activities, before)).toEqual([
        'fenceVm worker-1',
        'cordonNode worker-1',
        'claimVm worker-3',
        'startVm worker-3',
        'removeVm worker-1',
        'removeNodeObject worker-1',
        'releaseMachine worker-1',
      ]);
      expect(machinesOf(state)).toEqual(['server-1', 'worker-2', 'worker-3']);
      expect(state.definition?.nodeGroups.find(({ name }) => name === 'worker')?.count).toBe(2);
    });
  });

  test('of a member of the control plane takes the dead one out of etcd before the new one joins', async () => {
    await withIll([3, 0], { machine: 'server-2', ill: 'hung' }, async (handle, machine, activities) => {
      const before = activities.calls.length;

      const id = await world.driver.heal(handle, { action: 'REPLACE', machine, group: 'server' });
      const state = await world.driver.ended(handle, id);

      expect(state).toMatchObject({ phase: 'READY', failure: null });
      expect(effects(activities, before)).toEqual([
        'fenceVm server-2',
        'cordonNode server-2',
        'removeEtcdMember server-2',
        'removeVm server-2',
        'removeNodeObject server-2',
        'releaseMachine server-2',
        'claimVm server-4',
        'startVm server-4',
      ]);
      expect(machinesOf(state)).toEqual(['server-1', 'server-3', 'server-4']);
    });
  });

  test('stops where it is not proved that the old one does not run, and says so', async () => {
    await withIll([1, 2], { machine: 'worker-1', ill: 'hung' }, async (handle, machine, activities) => {
      activities.on('fenceVm', () => {
        throw activityError('FENCE_NOT_PROVED', 'pve2 does not answer');
      });
      const before = activities.calls.length;

      const id = await world.driver.heal(handle, { action: 'REPLACE', machine });
      const state = await world.driver.ended(handle, id);

      expect(state.failure).toMatchObject({ code: 'FENCE_NOT_PROVED' });
      expect(effects(activities, before).filter((effect) => /claimVm|removeVm/.test(effect))).toEqual([]);
      expect(machinesOf(state)).toEqual(['server-1', 'worker-1', 'worker-2']);
    });
  });

  describe('cancelled', () => {
    whereTimePasses(world);

    test('that is cancelled while the new machine is made does away with that one, and starts the old one', async () => {
      await withIll([1, 2], { machine: 'worker-1', ill: 'hung' }, async (handle, machine, activities) => {
        activities.on('waitForSsh', ({ address }) => {
          if (address === '10.1.107.103') throw activityError('SSH_UNREACHABLE', 'no route');
        });
        const id = await world.driver.heal(handle, { action: 'REPLACE', machine });
        await world.driver.stateWhen(handle, ({ nodes }) =>
          nodes.some(({ name, vmid }) => name.endsWith('worker-3') && vmid !== null),
        );
        const before = activities.calls.length;

        await world.driver.cancel(handle, id);
        const state = await world.driver.ended(handle, id);

        expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'cancelled' } });
        const after = effects(activities, before).filter((effect) => !effect.startsWith('cordonNode'));
        expect(after).toEqual(
          expect.arrayContaining(['removeVm worker-3', 'startVm worker-1', 'uncordonNode worker-1']),
        );
        expect(after).not.toContain('removeVm worker-1');
        expect(machinesOf(state)).toEqual(['server-1', 'worker-1', 'worker-2']);
      });
    });
  });

  test('whose new machine does not come up fails by itself; a later heal adds the one that is missing', async () => {
    await withIll([3, 0], { machine: 'server-2', ill: 'hung' }, async (handle, machine, activities) => {
      let isBroken = false;
      activities.on('waitForSsh', () => {
        if (isBroken) throw activityError('SSH_UNREACHABLE', 'no route');
      });
      isBroken = true;
      const failed = await world.driver.ended(
        handle,
        await world.driver.heal(handle, { action: 'REPLACE', machine, group: 'server' }),
      );
      isBroken = false;

      const healed = await world.driver.ended(
        handle,
        await world.driver.heal(handle, { action: 'ADD', group: 'server' }),
      );

      expect(failed).toMatchObject({ phase: 'READY', operation: { status: 'failed' } });
      expect(machinesOf(failed)).toEqual(['server-1', 'server-3']);
      expect(healed).toMatchObject({ phase: 'READY', failure: null });
      expect(machinesOf(healed)).toHaveLength(3);
    });
  });
});
