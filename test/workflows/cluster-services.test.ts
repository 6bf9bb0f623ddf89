import { expect, test } from '@jest/globals';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import {
  clusterStateQuery,
  operationStateQuery,
  planQuery,
  resolveStepUpdate,
} from '../../workflows/messages.js';
import { aClusterOf } from '../builders/definition.js';
import { aMonitoringService, aStorageService } from '../builders/service.js';
import { uniqueName, type ClusterHandle } from './cluster-driver.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { useWorld } from './world.js';

const world = useWorld();

const definitionWith = (services: ClusterDefinition['services']): ClusterDefinition =>
  aClusterOf(1, 1, { name: uniqueName(), services });

async function provisioned<T>(
  activities: FakeActivities,
  definition: ClusterDefinition,
  look: (handle: ClusterHandle) => Promise<T>,
): Promise<T> {
  return world.bed.run(activities, async () => {
    const handle = await world.driver.provision(definition);
    await world.driver.settled(handle);
    const seen = await look(handle);
    await world.driver.decommission(handle);
    return seen;
  });
}

const orderOf = (activities: FakeActivities) => activities.calls.map(({ name }) => name);
const VOLUME = { volume: 'ceph-vm:vm-9999-pvc-1', host: null, claim: 'default/data' };

test('services in the cluster begin when its first node is Ready, each after those that it depends on', async () => {
  const activities = new FakeActivities();
  const definition = definitionWith([
    aStorageService(),
    aMonitoringService({ dependsOn: ['fast'], startupOrder: 5 }),
  ]);

  await provisioned(activities, definition, () => Promise.resolve());

  const order = orderOf(activities);
  expect(order.indexOf('provideStorage')).toBeGreaterThan(order.indexOf('waitForNode'));
  expect(order.indexOf('verifyStorage')).toBeGreaterThan(order.indexOf('provideStorage'));
  expect(order.indexOf('provideMonitoring')).toBeGreaterThan(order.indexOf('verifyStorage'));
  expect(order.indexOf('runHealthChecks')).toBeGreaterThan(order.indexOf('provideMonitoring'));
  expect(activities.of('provideStorage')[0]?.args).toMatchObject({ type: 'K3S', isDefault: true });
  expect(JSON.stringify(activities.of('provideStorage'))).not.toContain('secret');
});

test('a cluster becomes READY without one that is not required, and says so', async () => {
  const activities = new FakeActivities();
  activities.on('provideMonitoring', () => {
    throw activityError('CLUSTER_OBJECT_TAKEN', 'DaemonSet monitoring/node-exporter');
  });
  const definition = definitionWith([aMonitoringService({ required: false })]);

  const [state, plan] = await provisioned(activities, definition, (handle) =>
    Promise.all([handle.query(clusterStateQuery), handle.query(planQuery)]),
  );

  expect(state.phase).toBe('READY');
  expect(plan?.warnings).toEqual([
    expect.stringContaining('service "monitoring" is not there: CLUSTER_OBJECT_TAKEN'),
  ]);
});

test('a required one that fails for good waits for a person, while the other nodes join', async () => {
  const activities = new FakeActivities();
  let isMended = false;
  activities.on('provideStorage', () => {
    if (!isMended) throw activityError('CSI_TOKEN_UNKNOWN', 'there is no token');
  });
  const definition = definitionWith([aStorageService()]);
  const operation = world.bed.environment.client.workflow.getHandle(`cluster/${definition.name}/provision-1`);

  await world.bed.run(activities, async () => {
    const handle = await world.driver.provision(definition);
    await world.bed.environment.sleep('20 minutes');
    const { steps } = await operation.query(operationStateQuery);
    const statusOf = (id: string) => steps.find((step) => step.id === id)?.status;
    expect(statusOf('service-fast')).toBe('blocked');
    expect(statusOf(`${definition.name}-worker-1/node-ready`)).toBe('done');

    isMended = true;
    await operation.executeUpdate(resolveStepUpdate, { args: [{ step: 'service-fast', action: 'RETRY' }] });

    expect((await world.driver.settled(handle)).phase).toBe('READY');
    await world.driver.decommission(handle);
  });
});

test('the cluster is asked for its volumes before its machines go, and they are removed after', async () => {
  const activities = new FakeActivities();
  activities.on('listVolumes', () => ({ volumes: [VOLUME], warnings: [] }));

  await provisioned(activities, definitionWith([aStorageService()]), () => Promise.resolve());

  const order = orderOf(activities);
  expect(order.indexOf('listVolumes')).toBeLessThan(order.indexOf('removeVm'));
  expect(order.indexOf('removeCsiVolumes')).toBeGreaterThan(order.lastIndexOf('removeVm'));
  expect(order.indexOf('removeCsiVolumes')).toBeLessThan(order.indexOf('proveGone'));
  expect(activities.of('removeCsiVolumes')[0]?.args).toEqual({ volumes: [VOLUME] });
  expect(activities.of('observeCsiVolumes')).toEqual([]);
});

test('what a cluster that cannot be asked may leave is named, and stops nothing', async () => {
  const activities = new FakeActivities();
  const definition = definitionWith([aStorageService()]);
  activities.on('listVolumes', () => ({
    volumes: [],
    warnings: ['the cluster cannot be asked for its volumes'],
  }));
  activities.on('observeCsiVolumes', () => ['volume ceph-vm:vm-9999-pvc-1 is left']);

  const steps = await world.bed.run(activities, async () => {
    const handle = await world.driver.provision(definition);
    await world.driver.settled(handle);
    await world.driver.decommission(handle);
    const id = `cluster/${definition.name}/decommission-2`;
    return (await world.bed.environment.client.workflow.getHandle(id).query(operationStateQuery)).steps;
  });

  expect(steps.find(({ id }) => id === 'list-volumes')).toMatchObject({
    status: 'done',
    reason: 'Warned of: the cluster cannot be asked for its volumes; volume ceph-vm:vm-9999-pvc-1 is left',
  });
});

test('a cluster that makes no volumes on Proxmox VE is not asked for any', async () => {
  const activities = new FakeActivities();
  const nfs = aStorageService({
    configuration: { kind: 'NFS', proxmoxStorage: null, token: null, server: '10.1.107.6', path: '/x' },
  });

  await provisioned(activities, definitionWith([nfs]), () => Promise.resolve());

  expect(activities.of('listVolumes')).toEqual([]);
});
