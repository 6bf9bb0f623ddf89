import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { MachineSight } from '../../domain/restore/restore-plan.js';
import type { RestoreRequest } from '../../domain/restore/restore-request.js';
import { operateUpdate, type ClusterState } from '../../workflows/messages.js';
import { aManifest } from '../builders/backup.js';
import { type ClusterHandle } from './cluster-driver.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { onCluster, recordedEnd, useWorld, whereTimePasses } from './world.js';

const world = useWorld();

const BACKUP_ID = '0c0ffee0-0000-4000-8000-000000000001';

async function begin(handle: ClusterHandle, change: Partial<RestoreRequest> = {}): Promise<string> {
  const operationId = randomUUID();
  const request: RestoreRequest = { backupId: BACKUP_ID, destination: 'nas', confirm: null, ...change };
  await handle.executeUpdate(operateUpdate, {
    updateId: operationId,
    args: [{ operationId, operation: { kind: 'restore', request } }],
  });
  return operationId;
}

const endOf = (handle: ClusterHandle, id: string): Promise<ClusterState> =>
  world.driver.stateWhen(handle, ({ operation }) => operation?.id === id && operation.status !== 'running');

function seen(activities: FakeActivities, sightOf: (machine: string) => MachineSight): void {
  activities.on('observeMachines', ({ identities }) =>
    (identities as { name: string }[]).map(({ name }) => ({ name, sight: sightOf(short(name)) })),
  );
}

const short = (name: unknown): string => String(name).replace(/^c-[0-9a-f]{8}-/, '');

const EFFECTS: ReadonlySet<string> = new Set([
  ...['removeVm', 'reserveMachines', 'startVm', 'claimVm', 'deliverSnapshot', 'compareRestored'],
  ...['removeStaleNodes', 'restoreSecrets', 'waitForEtcdVoters', 'runGuestStep'],
]);

/** What was done, as `activity` or `step address`, from the given call on. */
function effects({ calls }: FakeActivities, from: number): string[] {
  return calls.slice(from).flatMap(({ name, args }) => {
    if (!EFFECTS.has(name)) return [];
    const { id } = (args['step'] ?? {}) as { id?: string };
    return name === 'runGuestStep' ? [`${id ?? ''} ${String(args['address']).slice(-3)}`] : [name];
  });
}

describe('a restore of a cluster whose VMs are all gone', () => {
  test('makes them anew under their names and addresses, the first one from the snapshot', async () => {
    const activities = new FakeActivities();
    seen(activities, () => 'gone');
    await onCluster(world, [3, 1], activities, async (handle) => {
      const { plan, nodes } = await world.driver.settled(handle);
      const before = activities.calls.length;

      const state = await endOf(handle, await begin(handle));

      expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'succeeded' } });
      expect(state.plan?.machines.map(({ name, network }) => [name, network.address])).toEqual(
        plan?.machines.map(({ name, network }) => [name, network.address]),
      );
      expect(state.nodes.map(({ name, ready }) => [name, ready])).toEqual(
        nodes.map(({ name }) => [name, true]),
      );
      const done = effects(activities, before);
      expect(done.slice(0, 6)).toEqual([
        'restoreSecrets',
        ...Array.from({ length: 4 }, () => 'removeVm'),
        'reserveMachines',
      ]);
      const after = (first: string, then: string): boolean => done.indexOf(first) < done.indexOf(then);
      expect(done).toEqual(expect.arrayContaining(['restore-snapshot 100']));
      expect(after('deliverSnapshot', 'restore-snapshot 100')).toBe(true);
      expect(after('restore-snapshot 100', 'start-server 100')).toBe(true);
      expect(after('start-server 100', 'compareRestored')).toBe(true);
      expect(after('compareRestored', 'removeStaleNodes')).toBe(true);
      const joins = done.filter((effect) => effect.startsWith('start-'));
      expect(joins).toEqual(['start-server 100', 'start-server 101', 'start-server 102', 'start-agent 103']);
      expect(after('removeStaleNodes', 'start-server 101')).toBe(true);
      const [uuids, again] = activities
        .of('reserveMachines')
        .map(({ args }) => (args['machines'] as { uuid: string }[]).map(({ uuid }) => uuid));
      expect(again?.some((uuid) => uuids?.includes(uuid))).toBe(false);
      expect(activities.of('removeStaleNodes')[0]?.args['keep']).toEqual([state.nodes[0]?.name]);
    });
  });

  test('takes over the version that the backup was taken with', async () => {
    const activities = new FakeActivities();
    seen(activities, () => 'gone');
    activities.on('verifyBackup', () => aManifest({ version: 'v1.31.0+k3s1' }));
    await onCluster(world, [3, 1], activities, async (handle) => {
      const state = await endOf(handle, await begin(handle));

      expect(state.definition?.version).toBe('v1.31.0+k3s1');
      const installs = activities
        .of('runGuestStep')
        .map(({ args }) => args['step'] as { id: string; act: string })
        .filter(({ id }) => id === 'install-k3s');
      expect(installs.slice(-4).every(({ act }) => act.includes('v1.31.0+k3s1'))).toBe(true);
    });
  });
});

describe('a restore in place', () => {
  test('of a cluster that works is refused, and nothing is touched, until it is confirmed', async () => {
    const activities = new FakeActivities();
    await onCluster(world, [3, 1], activities, async (handle, { name }) => {
      const before = activities.calls.length;

      const refused = await endOf(handle, await begin(handle));

      expect(refused).toMatchObject({
        ...{ phase: 'READY', operation: { status: 'failed' } },
        failure: { code: 'RESTORE_NOT_CONFIRMED', detail: expect.stringContaining('etcd has a quorum') },
      });
      expect(effects(activities, before)).toEqual([]);

      const state = await endOf(handle, await begin(handle, { confirm: name }));

      expect(state).toMatchObject({ phase: 'READY', failure: null });
      const done = effects(activities, before);
      const stops = done.flatMap((effect, index) => (effect.startsWith('stop-server') ? [index] : []));
      expect(stops).toHaveLength(3);
      expect(Math.max(...stops)).toBeLessThan(done.indexOf('deliverSnapshot'));
      expect(
        done.filter((effect) => /^(restore-snapshot|reset-member|reconnect-agent)/.test(effect)),
      ).toEqual([...['restore-snapshot 100', 'reset-member 101', 'reset-member 102', 'reconnect-agent 103']]);
      expect(done).not.toContain('removeVm');
      expect(activities.of('finishOperation').at(-1)?.args['detail']).toContain(
        '/var/lib/clusterwright/restore/restore-3/replaced',
      );
    });
  });

  test('switches on what is off, and makes anew what is gone', async () => {
    const activities = new FakeActivities();
    seen(activities, (machine) =>
      machine === 'server-1' ? 'gone' : machine === 'worker-1' ? 'running' : 'stopped',
    );
    await onCluster(world, [3, 1], activities, async (handle) => {
      const before = activities.calls.length;

      const state = await endOf(handle, await begin(handle));

      expect(state).toMatchObject({ phase: 'READY', failure: null });
      const done = effects(activities, before);
      expect(done.filter((effect) => effect === 'claimVm')).toHaveLength(1);
      expect(done.filter((effect) => effect === 'startVm')).toHaveLength(3);
      expect(
        done.filter((effect) => /^(restore-snapshot|reset-member|reconnect-agent)/.test(effect)),
      ).toEqual([...['restore-snapshot 100', 'reset-member 101', 'reset-member 102', 'reconnect-agent 103']]);
    });
  });
});

describe.each([
  [
    'RKE2',
    {
      type: 'RKE2',
      version: 'v1.32.0+rke2r1',
      platformConfig: { cni: 'canal', disable: [], registries: null, airGapUrl: null },
    },
    ['start-server 101', 'start-server 102'],
  ],
  [
    'kubeadm',
    {
      type: 'VANILLA',
      version: 'v1.32.0',
      platformConfig: { cni: 'CILIUM', imageRepository: 'registry.k8s.io', registries: null },
    },
    ['join-control-plane 101', 'join-control-plane 102'],
  ],
] as const)('a restore of a cluster of %s', (_name, { type, version, platformConfig }, joins) => {
  const change = { type, version, platformConfig } as Partial<ClusterDefinition>;

  test('in place stops all members, and has the others join the first one anew', async () => {
    const activities = new FakeActivities();
    activities.on('verifyBackup', () => aManifest({ type, version }));
    await onCluster(
      world,
      [3, 1],
      activities,
      async (handle, { name }) => {
        const before = activities.calls.length;

        const state = await endOf(handle, await begin(handle, { confirm: name }));

        expect(state).toMatchObject({ phase: 'READY', failure: null });
        const done = effects(activities, before);
        const stops = done.flatMap((effect, index) => (effect.startsWith('stop-server') ? [index] : []));
        expect(stops).toHaveLength(3);
        expect(Math.max(...stops)).toBeLessThan(done.indexOf('restore-snapshot 100'));
        expect(done.filter((effect) => /^reset-member|^reconnect-agent/.test(effect))).toEqual([
          ...['reset-member 101', 'reset-member 102', 'reconnect-agent 103'],
        ]);
        expect(done.filter((effect) => joins.some((join) => join === effect))).toEqual(joins);
        // Whoever joins is let in by the first one.
        const admits = done.filter((effect) => effect.startsWith('admit'));
        expect(admits.every((effect) => effect === 'admit 100')).toBe(true);
        expect(admits).toHaveLength(type === 'VANILLA' ? 3 : 0);
      },
      change,
    );
  });

  test('from nothing makes all machines anew, the first one from the snapshot', async () => {
    const activities = new FakeActivities();
    seen(activities, () => 'gone');
    activities.on('verifyBackup', () => aManifest({ type, version }));
    await onCluster(
      world,
      [3, 1],
      activities,
      async (handle) => {
        const before = activities.calls.length;

        const state = await endOf(handle, await begin(handle));

        expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'succeeded' } });
        const done = effects(activities, before);
        expect(done.filter((effect) => effect === 'claimVm')).toHaveLength(4);
        expect(done.indexOf('deliverSnapshot')).toBeLessThan(done.indexOf('restore-snapshot 100'));
        expect(done.indexOf('removeStaleNodes')).toBeLessThan(done.indexOf(joins[0]));
      },
      change,
    );
  });
});

describe('a restore that does not come to its end', () => {
  test.each([
    ['a backup that is corrupt', 'BACKUP_CORRUPT'],
    ['a backup that was sealed with another key', 'BACKUP_KEY_UNKNOWN'],
  ] as const)('for %s has touched nothing', async (_what, code) => {
    const activities = new FakeActivities();
    activities.on('verifyBackup', () => {
      throw activityError(code, 'etcd-snapshot.cwb');
    });
    await onCluster(world, [3, 1], activities, async (handle, { name }) => {
      const before = activities.calls.length;

      const state = await endOf(handle, await begin(handle, { confirm: name }));

      expect(state).toMatchObject({ phase: 'READY', failure: { code }, operation: { status: 'failed' } });
      expect(effects(activities, before)).toEqual([]);
    });
  });

  describe('cancelled', () => {
    whereTimePasses(world);

    test.each([
      'verifyBackup',
      'observeMachines',
      'restoreSecrets',
      'deliverSnapshot',
      'compareRestored',
      'removeStaleNodes',
    ] as const)(
      'as it is cancelled in %s leaves the cluster READY, says how to go on, and can be asked for again',
      async (activity) => {
        const activities = new FakeActivities();
        let isHeld = true;
        activities.on(activity, () => {
          if (isHeld) throw activityError('SSH_UNREACHABLE', 'no answer');
        });
        await onCluster(world, [3, 1], activities, async (handle, { name }) => {
          const id = await begin(handle, { confirm: name });
          await world.driver.stateWhen(handle, () => activities.of(activity).length > 0);

          await world.driver.cancel(handle, id);
          const state = await endOf(handle, id);

          expect(state).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'cancelled' } });
          const { detail } = await recordedEnd(world, handle, activities, id);
          const hasBegun = activity !== 'verifyBackup' && activity !== 'observeMachines';
          expect(String(detail).includes('ask for the same restore again')).toBe(hasBegun);
          isHeld = false;

          const again = await endOf(handle, await begin(handle, { confirm: name }));

          expect(again).toMatchObject({ phase: 'READY', failure: null, operation: { status: 'succeeded' } });
        });
      },
    );
  });

  test('for objects that are missing waits for a person, who may take it as it is', async () => {
    const activities = new FakeActivities();
    activities.on('compareRestored', () => {
      throw activityError('RESTORE_INCOMPLETE', '1 of 7 objects are missing: /registry/secrets/shop/key');
    });
    await onCluster(world, [3, 1], activities, async (handle, { name }) => {
      const id = await begin(handle, { confirm: name });
      await world.driver.stateWhen(handle, () => activities.of('compareRestored').length > 0);
      const run = world.bed.environment.client.workflow.getHandle(`cluster/${name}/restore-2`);
      const { steps } = await world.driver
        .stateWhen(handle, () => true)
        .then(() => run.query<{ steps: { id: string; status: string; reason: string }[] }>('operationState'));
      expect(steps.find((step) => step.id === 'compare-objects')).toMatchObject({
        status: 'blocked',
        reason: expect.stringContaining('/registry/secrets/shop/key'),
      });

      await run.executeUpdate('resolveStep', { args: [{ step: 'compare-objects', action: 'SKIP' }] });
      const state = await endOf(handle, id);

      expect(state).toMatchObject({ phase: 'READY', failure: null });
    });
  });
});
