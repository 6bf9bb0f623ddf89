import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { StepRecord } from '../../domain/step-record.js';
import {
  clusterStateQuery,
  decommissionUpdate,
  operationStateQuery,
  resolveStepUpdate,
} from '../../workflows/messages.js';
import { aClusterOf } from '../builders/definition.js';
import { aDnsService, aLoadBalancer, aStorageService } from '../builders/service.js';
import { ClusterDriver, uniqueName, type ClusterHandle } from './cluster-driver.js';
import { startTestBed, type WorkflowTestBed } from './environment.js';
import { activityError, FakeActivities } from './fake-activities.js';

let bed: WorkflowTestBed;
let driver: ClusterDriver;
beforeAll(async () => {
  bed = await startTestBed();
  driver = new ClusterDriver(bed.environment);
}, 160_000);
afterAll(() => bed.close());

const RECORDS = aDnsService({
  name: 'names',
  configuration: {
    kind: 'RFC2136',
    machines: null,
    server: {
      ...{ address: '10.1.107.53', port: 53, zone: 'lab.internal', ttlSeconds: 300 },
      ...{ keyName: 'clusters', keyAlgorithm: 'hmac-sha256', keySecret: 'clusters' },
    },
  },
});
const BALANCED = [aLoadBalancer({ dependsOn: ['dns'], startupOrder: 2 }), aDnsService()];
const aServedCluster = (services: ClusterDefinition['services'] = BALANCED): ClusterDefinition =>
  aClusterOf(1, 1, { name: uniqueName(), services });

/** What of the cluster was removed and given back, in the order in which it was asked for; machines by group. */
const removed = (activities: FakeActivities): string[] =>
  activities.calls.flatMap(({ name, args }) => {
    if (name === 'removeVm') return nameOf(args['identity']).replace(/^c-\w+-(.*)-\d+$/, '$1');
    return REMOVALS.has(name) ? name : [];
  });
const REMOVALS = new Set(['removeCsiVolumes', 'removeRecords', 'proveGone', 'releaseCluster']);
const nameOf = (identity: unknown): string => (identity as { readonly name: string }).name;

/** Fails for machines of the group, while `isHeld` says so. */
function holdRemovals(
  activities: FakeActivities,
  group: string,
  isHeld: (callNumber: number) => boolean,
): void {
  activities.on('removeVm', ({ identity }, callNumber) => {
    if (nameOf(identity).includes(`-${group}-`) && isHeld(callNumber))
      throw activityError('PROXMOX_UNREACHABLE', 'no answer');
  });
}

async function askForEnd(handle: ClusterHandle): Promise<void> {
  const operationId = randomUUID();
  await handle.executeUpdate(decommissionUpdate, { updateId: operationId, args: [{ operationId }] });
}

const operationOf = ({ name }: ClusterDefinition, operation: string) =>
  bed.environment.client.workflow.getHandle(`cluster/${name}/${operation}`);

async function stepsOf(definition: ClusterDefinition): Promise<readonly StepRecord[]> {
  return (await operationOf(definition, 'decommission-2').query(operationStateQuery)).steps;
}

describe('a decommission', () => {
  test('removes the nodes at once, then each service when those are gone that it served', async () => {
    const activities = new FakeActivities();
    const definition = aServedCluster([...BALANCED, aStorageService()]);
    activities.on('listVolumes', () => ({
      volumes: [{ volume: 'ceph-vm:vm-9999-pvc-1', host: null, claim: 'default/data' }],
      warnings: [],
    }));
    holdRemovals(activities, 'worker', (callNumber) => callNumber < 5);
    holdRemovals(activities, 'lb', (callNumber) => callNumber < 9);

    const steps = await bed.run(activities, async () => {
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      await driver.decommission(handle);
      return stepsOf(definition);
    });

    const order = removed(activities);
    const after = (first: string, second: string): void =>
      expect(order.indexOf(second)).toBeGreaterThan(order.lastIndexOf(first));
    // Nothing waits between nodes.
    expect(order.indexOf('server')).toBeLessThan(order.lastIndexOf('worker'));
    after('worker', 'lb');
    after('worker', 'removeCsiVolumes');
    after('lb', 'dns');
    after('dns', 'proveGone');
    expect(order.at(-1)).toBe('releaseCluster');
    expect(order.filter((one) => one === 'lb').length).toBeGreaterThan(1);
    const { name } = definition;
    expect(steps.map(({ title }) => title.replaceAll(/VM \d+/g, 'VM').replaceAll(name, 'demo'))).toEqual([
      'Read the ledger',
      'Write down what there is',
      'Ask the cluster for its volumes',
      'Remove VM (demo-worker-1)',
      'Remove VM (demo-server-1)',
      'Remove the volumes of the cluster',
      'Remove VM (demo-lb-1) after the nodes',
      'Remove VM (demo-dns-1) after "lb"',
      'Prove that nothing is left',
      'Remove the Schedules of the cluster',
      'Release addresses and secrets',
      'Prove that nothing is held for it any more',
      'Issue the certificate of removal',
    ]);
  }, 180_000);

  test('goes on past a machine that cannot go, shows it, and ends when it is gone', async () => {
    const activities = new FakeActivities();
    const definition = aServedCluster();
    let isLocked = true;
    activities.on('removeVm', ({ identity }) => {
      if (nameOf(identity).includes('-lb-') && isLocked) throw activityError('VM_LOCKED', 'qm unlock 20002');
    });

    await bed.run(activities, async () => {
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      await askForEnd(handle);
      await bed.environment.sleep('1 minute');

      const statuses = Object.fromEntries((await stepsOf(definition)).map(({ id, status }) => [id, status]));
      expect(statuses).toMatchObject({
        [`${definition.name}-lb-1/remove-vm`]: 'blocked',
        [`${definition.name}-dns-1/remove-vm`]: 'done',
        'verify-nothing-left': 'pending',
      });
      expect(activities.of('releaseCluster')).toEqual([]);

      isLocked = false;
      const step = `${definition.name}-lb-1/remove-vm`;
      await operationOf(definition, 'decommission-2').executeUpdate(resolveStepUpdate, {
        args: [{ step, action: 'RETRY' }],
      });
      expect(await handle.result()).toMatchObject({ phase: 'GONE' });
    });
  }, 180_000);

  test('proves that nothing is left while a DNS server keeps it waiting, and releases nothing', async () => {
    const activities = new FakeActivities();
    const definition = aServedCluster([aLoadBalancer({ startupOrder: 2 }), RECORDS]);
    let isDown = true;
    activities.on('removeRecords', () => {
      if (isDown) throw activityError('DNS_UNREACHABLE', 'no answer');
    });

    await bed.run(activities, async () => {
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      await askForEnd(handle);
      await bed.environment.sleep('10 minutes');

      const steps = await stepsOf(definition);
      expect(steps.slice(-6, -2).map(({ id, title, status }) => [id, title, status])).toEqual([
        ['remove-records', 'Remove the names of the cluster after "lb"', 'overdue'],
        ['verify-nothing-left', 'Prove that nothing is left', 'done'],
        ['remove-schedules', 'Remove the Schedules of the cluster', 'pending'],
        ['release', 'Release addresses and secrets', 'pending'],
      ]);
      isDown = false;
      expect(await handle.result()).toMatchObject({ phase: 'GONE' });
    });

    const order = removed(activities);
    expect(order.indexOf('removeRecords')).toBeGreaterThan(order.lastIndexOf('lb'));
    expect(order.at(-1)).toBe('releaseCluster');
  }, 180_000);

  test('that a person fails gives nothing back, and can be asked for again', async () => {
    const activities = new FakeActivities();
    const definition = aServedCluster();
    let isHeld = true;
    holdRemovals(activities, 'worker', () => isHeld);

    await bed.run(activities, async () => {
      const handle = await driver.provision(definition);
      await driver.settled(handle);
      await askForEnd(handle);
      await bed.environment.sleep('10 minutes');
      const step = `${definition.name}-worker-1/remove-vm`;
      await operationOf(definition, 'decommission-2').executeUpdate(resolveStepUpdate, {
        args: [{ step, action: 'FAIL' }],
      });

      expect(await driver.settled(handle)).toMatchObject({
        phase: 'FAILED',
        failure: { code: 'FAILED_BY_OPERATOR' },
      });
      expect(activities.of('proveGone')).toEqual([]);
      expect(activities.of('releaseCluster')).toEqual([]);

      isHeld = false;
      expect(await driver.decommission(handle)).toMatchObject({ phase: 'GONE' });
      expect(activities.of('recordRemoval')).toHaveLength(1);
    });
  }, 180_000);
});

describe('a provision that fails', () => {
  /** By a person, as soon as its first machine waits for one. */
  async function failed(definition: ClusterDefinition, activities: FakeActivities): Promise<ClusterHandle> {
    activities.on('configureVm', ({ identity }) => {
      if (nameOf(identity).includes('-server-')) throw activityError('IDENTITY_MISMATCH', 'not ours');
    });
    const handle = await driver.provision(definition);
    await bed.environment.sleep('1 minute');
    await driver.decide(definition.name, { step: 'configure-vm', action: 'FAIL' });
    return handle;
  }

  test('is undone in the same order', async () => {
    const activities = new FakeActivities();
    const definition = aServedCluster([aLoadBalancer({ dependsOn: ['names'], startupOrder: 2 }), RECORDS]);
    holdRemovals(activities, 'worker', (callNumber) => callNumber < 5);

    await bed.run(activities, async () => {
      const handle = await failed(definition, activities);
      const state = await driver.settled(handle);

      expect(state.failure).toMatchObject({ code: 'FAILED_BY_OPERATOR' });
      expect(state.failure?.detail).not.toContain('left behind');
      const order = removed(activities);
      expect(order.slice(order.indexOf('lb'))).toEqual(['lb', 'removeRecords', 'releaseCluster']);
      expect(order.slice(0, order.indexOf('lb'))).toEqual(expect.arrayContaining(['server', 'worker']));
      await driver.decommission(handle);
    });
  }, 180_000);

  test('waits for a machine that does not go, but not for ever before it undoes the rest', async () => {
    const activities = new FakeActivities();
    const definition = aServedCluster();
    let isHeld = true;
    holdRemovals(activities, 'worker', () => isHeld);

    await bed.run(activities, async () => {
      const handle = await failed(definition, activities);
      await bed.environment.sleep('4 minutes');
      expect(removed(activities)).not.toContain('lb');

      await bed.environment.sleep('30 minutes');
      expect(removed(activities)).toEqual(expect.arrayContaining(['lb', 'dns']));
      expect((await handle.query(clusterStateQuery)).phase).not.toBe('FAILED');

      isHeld = false;
      expect((await driver.settled(handle)).failure?.detail).not.toContain('left behind');
      await driver.decommission(handle);
    });
  }, 180_000);

  test('leaves the rest to a decommission that is asked for while it is undone', async () => {
    const activities = new FakeActivities();
    const definition = aServedCluster();
    let isHeld = true;
    holdRemovals(activities, 'worker', () => isHeld);

    await bed.run(activities, async () => {
      const handle = await failed(definition, activities);
      await bed.environment.sleep('10 minutes');
      await askForEnd(handle);
      await driver.stateWhen(handle, ({ phase }) => phase === 'DECOMMISSIONING');
      await bed.environment.sleep('10 minutes');

      const steps = await stepsOf(definition);
      expect(steps.find(({ id }) => id === `${definition.name}-worker-1/remove-vm`)).toMatchObject({
        status: 'overdue',
        reason: 'PROXMOX_UNREACHABLE: no answer',
      });
      isHeld = false;
      expect(await handle.result()).toMatchObject({ phase: 'GONE' });
    });
  }, 180_000);
});
