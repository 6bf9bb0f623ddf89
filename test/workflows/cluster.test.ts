import { describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import {
  clusterStateQuery,
  decommissionUpdate,
  operationStateQuery,
  planQuery,
  resolveStepUpdate,
} from '../../workflows/messages.js';
import { aClusterOf, aDefinition } from '../builders/definition.js';
import { uniqueName, type ClusterHandle } from './cluster-driver.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { useWorld } from './world.js';

const world = useWorld();

describe('a cluster', () => {
  test('becomes READY, remembers its plan, and is GONE after its decommission', async () => {
    const activities = new FakeActivities();
    await world.bed.run(activities, async () => {
      const handle = await world.driver.provision(aClusterOf(1, 2, { name: uniqueName() }));

      const state = await world.driver.settled(handle);

      expect(state).toMatchObject({
        phase: 'READY',
        failure: null,
        operation: { kind: 'provision', status: 'succeeded' },
      });
      expect(state.nodes.map(({ ready, version }) => [ready, version])).toEqual(
        Array.from({ length: 3 }, () => [true, 'v1.32.0+k3s1']),
      );
      expect((await handle.query(planQuery))?.machines).toHaveLength(3);
      expect(await world.driver.decommission(handle)).toMatchObject({ phase: 'GONE' });
      expect(activities.of('removeVm')).toHaveLength(3);
      expect(activities.of('recordCluster').at(-1)?.args).toMatchObject({ phase: 'GONE' });
    });
  });

  test('passes through its phases in order, and tells the store of each', async () => {
    const activities = new FakeActivities();
    await world.bed.run(activities, async () => {
      const handle = await world.driver.provision(aClusterOf(3, 1, { name: uniqueName() }));
      await world.driver.settled(handle);
      await world.driver.decommission(handle);
    });

    const phases = activities.of('recordCluster').map(({ args }) => args['phase']);

    const expected = [
      'PLANNED',
      'SERVICES',
      'BOOT',
      'BOOTSTRAP',
      'CONTROL_PLANE',
      'WORKERS',
      'VALIDATION',
      'READY',
    ];
    const order = [...expected, 'DECOMMISSIONING', 'GONE'];
    const positions = phases.map((phase) => order.indexOf(String(phase)));
    expect(positions).toEqual([...positions].sort((a, b) => a - b));
    expect(phases).toContain('READY');
  });

  test('boots its machines at once, but lets servers join one after the other and workers last', async () => {
    const activities = new FakeActivities();
    await world.bed.run(activities, async () => {
      const handle = await world.driver.provision(aClusterOf(3, 2, { name: uniqueName() }));
      await world.driver.settled(handle);
      await world.driver.decommission(handle);
    });

    const joins = activities.calls
      .filter(
        ({ name, args }) =>
          name === 'waitForNode' || (args['step'] as { id?: string } | undefined)?.id?.startsWith('start-'),
      )
      .map(({ name, args }) => [name, args['node'] ?? args['address']]);

    expect(joins.slice(0, 6)).toEqual([
      ['runGuestStep', '10.1.107.100'],
      ['waitForNode', expect.stringMatching(/server-1$/)],
      ['runGuestStep', '10.1.107.101'],
      ['waitForNode', expect.stringMatching(/server-2$/)],
      ['runGuestStep', '10.1.107.102'],
      ['waitForNode', expect.stringMatching(/server-3$/)],
    ]);
    const votes = activities.of('waitForNode').map(({ args }) => args['votes']);
    expect(votes).toEqual([true, true, true, false, false]);
  });

  test('refuses a second request for its name', async () => {
    await world.bed.run(new FakeActivities(), async () => {
      const definition = aDefinition({ name: uniqueName() });
      const handle = await world.driver.provision(definition);
      await world.driver.settled(handle);

      const second = world.driver.provision(definition);

      await expect(second).rejects.toMatchObject({ cause: { type: 'CLUSTER_EXISTS' } });
      await world.driver.decommission(handle);
    });
  });
});

describe('a provision that is cancelled by a decommission', () => {
  test('stops where it is, rolls nothing back itself, and everything is removed by the ledger', async () => {
    const activities = new FakeActivities();
    activities.on('claimVm', () => {
      throw activityError('PROXMOX_UNREACHABLE', 'no answer');
    });
    await world.bed.run(activities, async () => {
      const handle = await world.driver.provision(aClusterOf(1, 1, { name: uniqueName() }));
      await world.driver.stateWhen(handle, ({ phase }) => phase === 'BOOT');

      const result = await world.driver.decommission(handle);

      expect(result).toMatchObject({ phase: 'GONE' });
      expect(activities.of('removeVm')).toHaveLength(2);
      expect(activities.of('proveGone')).toHaveLength(1);
      const outcomes = activities.of('finishOperation').map(({ args }) => args['outcome']);
      expect(outcomes).toEqual(['cancelled', 'succeeded']);
    });
  });
});

describe('a step that fails', () => {
  test('for a passing reason is tried again until it succeeds', async () => {
    const activities = new FakeActivities();
    activities.on('startVm', (_args, callNumber) => {
      if (callNumber < 4) throw activityError('PROXMOX_CONTENTION', 'got lock request timeout');
    });
    await world.bed.run(activities, async () => {
      const handle = await world.driver.provision(aDefinition({ name: uniqueName() }));

      const state = await world.driver.settled(handle);

      expect(state.phase).toBe('READY');
      expect(activities.of('startVm')).toHaveLength(4);
      await world.driver.decommission(handle);
    });
  });

  test('past its soft limit shows why it waits, goes on, and still succeeds', async () => {
    const activities = new FakeActivities();
    let isFixed = false;
    activities.on('startVm', () => {
      if (!isFixed) throw activityError('PROXMOX_NODE_UNREACHABLE', 'hv5 answers 595');
    });
    await world.bed.run(activities, async () => {
      const name = uniqueName();
      const handle = await world.driver.provision(aDefinition({ name }));
      const operation = world.bed.environment.client.workflow.getHandle(`cluster/${name}/provision-1`);
      await world.bed.environment.sleep('20 minutes');

      const { steps } = await operation.query(operationStateQuery);
      isFixed = true;
      const state = await world.driver.settled(handle);

      expect(steps.find(({ id }) => id === `${name}-server-1/start-vm`)).toMatchObject({
        status: 'overdue',
        reason: 'PROXMOX_NODE_UNREACHABLE: hv5 answers 595',
        remedy: expect.stringContaining('Check the host'),
      });
      expect(state.phase).toBe('READY');
      await world.driver.decommission(handle);
    });
  });

  test('for good blocks, and goes on when a person has it retried', async () => {
    const activities = new FakeActivities();
    let isFixed = false;
    activities.on('configureVm', () => {
      if (!isFixed) throw activityError('PROXMOX_PERMISSION', 'VM.Config.Disk on /vms/20000');
    });
    await world.bed.run(activities, async () => {
      const name = uniqueName();
      const handle = await world.driver.provision(aDefinition({ name }));
      const node = world.bed.environment.client.workflow.getHandle(
        `cluster/${name}/provision-1/${name}-server-1`,
      );
      await world.bed.environment.sleep('3 hours');
      const calls = activities.of('configureVm').length;
      const decision = { step: 'configure-vm', action: 'RETRY' } as const;
      isFixed = true;

      const record = await node.executeUpdate(resolveStepUpdate, { args: [decision] });
      const state = await world.driver.settled(handle);

      expect(calls).toBe(1);
      expect(record).toMatchObject({
        status: 'blocked',
        reason: 'PROXMOX_PERMISSION: VM.Config.Disk on /vms/20000',
      });
      expect(state.phase).toBe('READY');
      await world.driver.decommission(handle);
    });
  });

  test('takes no decision while it does not wait, and cannot be skipped when the cluster needs it', async () => {
    const activities = new FakeActivities();
    activities.on('configureVm', () => {
      throw activityError('IDENTITY_MISMATCH', 'not ours');
    });
    await world.bed.run(activities, async () => {
      const name = uniqueName();
      const handle = await world.driver.provision(aDefinition({ name }));
      const node = world.bed.environment.client.workflow.getHandle(
        `cluster/${name}/provision-1/${name}-server-1`,
      );
      await world.bed.environment.sleep('1 minute');

      const early = node.executeUpdate(resolveStepUpdate, { args: [{ step: 'start-vm', action: 'RETRY' }] });
      const skip = node.executeUpdate(resolveStepUpdate, {
        args: [{ step: 'configure-vm', action: 'SKIP' }],
      });

      await expect(early).rejects.toMatchObject({ cause: { type: 'STEP_NOT_WAITING' } });
      await expect(skip).rejects.toMatchObject({ cause: { type: 'STEP_NOT_SKIPPABLE' } });
      await world.driver.decommission(handle);
    });
  });
});

describe('a provision that fails', () => {
  async function failedBy(definition: ClusterDefinition, activities: FakeActivities): Promise<ClusterHandle> {
    activities.on('configureVm', () => {
      throw activityError('IDENTITY_MISMATCH', 'not ours');
    });
    const handle = await world.driver.provision(definition);
    const { name } = definition;
    const node = world.bed.environment.client.workflow.getHandle(
      `cluster/${name}/provision-1/${name}-server-1`,
    );
    await world.bed.environment.sleep('1 minute');
    await node.executeUpdate(resolveStepUpdate, { args: [{ step: 'configure-vm', action: 'FAIL' }] });
    return handle;
  }

  test('removes its machines, then gives back what was reserved', async () => {
    const activities = new FakeActivities();
    await world.bed.run(activities, async () => {
      const handle = await failedBy(aClusterOf(1, 2, { name: uniqueName() }), activities);

      const state = await world.driver.settled(handle);

      expect(state).toMatchObject({ phase: 'FAILED', failure: { code: 'FAILED_BY_OPERATOR' } });
      const undone = activities.calls.filter(({ name }) => name === 'removeVm' || name === 'releaseCluster');
      const names = undone.map(({ args }) =>
        (args['identity'] as { name: string } | undefined)?.name.replace(/^c-\w+-/, ''),
      );
      expect(names).toHaveLength(4);
      expect(new Set(names.slice(0, -1))).toEqual(new Set(['server-1', 'worker-1', 'worker-2']));
      expect(undone.at(-1)?.name).toBe('releaseCluster');
      await world.driver.decommission(handle);
    });
  });

  test('keeps everything for inspection when it was asked to, until it is decommissioned', async () => {
    const activities = new FakeActivities();
    await world.bed.run(activities, async () => {
      const handle = await failedBy(aDefinition({ name: uniqueName(), onFailure: 'KEEP' }), activities);

      const state = await world.driver.settled(handle);

      expect(state.phase).toBe('FAILED');
      expect(activities.of('removeVm')).toHaveLength(0);
      await world.driver.decommission(handle);
      expect(activities.of('removeVm')).toHaveLength(1);
    });
  });

  test('before any machine was begun gives back what was reserved', async () => {
    const activities = new FakeActivities();
    activities.on('createSshKeys', () => {
      throw activityError('SECRET_UNREADABLE', 'sealed with another key');
    });
    await world.bed.run(activities, async () => {
      const name = uniqueName();
      const handle = await world.driver.provision(aDefinition({ name }));
      await world.bed.environment.sleep('1 minute');
      const operation = world.bed.environment.client.workflow.getHandle(`cluster/${name}/provision-1`);
      await operation.executeUpdate(resolveStepUpdate, { args: [{ step: 'keys', action: 'FAIL' }] });

      const state = await world.driver.settled(handle);

      expect(state.phase).toBe('FAILED');
      expect(activities.of('claimVm')).toHaveLength(0);
      expect(activities.of('removeVm')).toHaveLength(1);
      expect(activities.of('releaseCluster')).toHaveLength(1);
      await world.driver.decommission(handle);
    });
  });

  test('names what could not be undone', async () => {
    const activities = new FakeActivities();
    let attempts = 0;
    activities.on('removeVm', () => {
      attempts += 1;
      if (attempts === 1) throw activityError('VM_LOCKED', 'run `qm unlock 20000`');
    });
    await world.bed.run(activities, async () => {
      const handle = await failedBy(aDefinition({ name: uniqueName() }), activities);

      const state = await world.driver.settled(handle);

      expect(state.failure?.detail).toContain('VM_LOCKED: run `qm unlock 20000`');
      expect(state.failure?.detail).toContain('addresses and secrets: kept for what is left');
      expect(activities.of('releaseCluster')).toEqual([]);
      await world.driver.decommission(handle);
    });
  });

  test('at its own hard limit fails with that as the reason', async () => {
    const activities = new FakeActivities();
    activities.on('waitForSsh', () => {
      throw activityError('SSH_UNREACHABLE', 'no route');
    });
    await world.bed.run(activities, async () => {
      const handle = await world.driver.provision(aDefinition({ name: uniqueName(), deadlineMinutes: 30 }));
      await world.bed.environment.sleep('29 minutes');
      const before = await handle.query(clusterStateQuery);

      await world.bed.environment.sleep('2 minutes');
      const state = await world.driver.settled(handle);

      expect(before.phase).toBe('BOOT');
      expect(state).toMatchObject({ phase: 'FAILED', failure: { code: 'DEADLINE_EXCEEDED' } });
      await world.driver.decommission(handle);
    });
  });
});

describe('a decommission', () => {
  test('does not end while something is left, and says what', async () => {
    const activities = new FakeActivities();
    let isLeft = true;
    activities.on('proveGone', () => {
      if (isLeft) throw activityError('RESIDUE_LEFT', 'local-zfs:vm-20000-disk-0');
    });
    await world.bed.run(activities, async () => {
      const name = uniqueName();
      const handle = await world.driver.provision(aDefinition({ name }));
      await world.driver.settled(handle);
      const operationId = randomUUID();
      await handle.executeUpdate(decommissionUpdate, { updateId: operationId, args: [{ operationId }] });
      await world.bed.environment.sleep('15 minutes');

      const operation = world.bed.environment.client.workflow.getHandle(`cluster/${name}/decommission-2`);
      const { steps } = await operation.query(operationStateQuery);
      isLeft = false;
      await handle.result();

      expect(steps.find(({ id }) => id === 'verify-nothing-left')).toMatchObject({
        status: 'overdue',
        reason: 'RESIDUE_LEFT: local-zfs:vm-20000-disk-0',
      });
      expect(activities.of('releaseCluster')).toHaveLength(1);
    });
  });

  test('asked for twice is the same operation', async () => {
    const activities = new FakeActivities();
    activities.on('removeVm', (_args, callNumber) => {
      if (callNumber < 5) throw activityError('PROXMOX_UNREACHABLE', 'no answer');
    });
    await world.bed.run(activities, async () => {
      const handle = await world.driver.provision(aDefinition({ name: uniqueName() }));
      await world.driver.settled(handle);

      const answers = ['first', 'second'].map((operationId) =>
        handle.executeUpdate(decommissionUpdate, { updateId: operationId, args: [{ operationId }] }),
      );

      const [first, second] = await Promise.all(answers);

      expect(first?.operationId).toBe(second?.operationId);
      await handle.result();
    });
  });
});
