import { expect, test } from '@jest/globals';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import {
  clusterStateQuery,
  operationStateQuery,
  planQuery,
  resolveStepUpdate,
} from '../../workflows/messages.js';
import type { DnsConfiguration } from '../../domain/services/configuration.js';
import { aClusterOf } from '../builders/definition.js';
import { aDnsService, aLoadBalancer, aPxeService, PAIR } from '../builders/service.js';
import { uniqueName, type ClusterHandle } from './cluster-driver.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { useWorld } from './world.js';

const world = useWorld();

/** Provisions, hands the settled cluster to `look`, and removes it. */
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

/** What was done on machines, in order: `<machine address> <step>`. */
const guestSteps = (activities: FakeActivities): string[] =>
  activities.of('runGuestStep').map(({ args }) => {
    const { address, step } = args as { address: string; step: { id: string } };
    return `${address} ${step.id}`;
  });

test('nodes join when the load balancers serve, and find the API at the address that these share', async () => {
  const activities = new FakeActivities();
  const definition = aClusterOf(1, 1, {
    name: uniqueName(),
    services: [aLoadBalancer({ configuration: { machines: PAIR } })],
  });

  const plan = await provisioned(activities, definition, (handle) => handle.query(planQuery));

  const steps = guestSteps(activities);
  const lastOfBalancers = Math.max(...steps.map((step, at) => (step.endsWith(' keepalived') ? at : -1)));
  const firstJoin = steps.findIndex((step) => step.endsWith(' start-server'));
  expect(steps.filter((step) => step.endsWith(' haproxy'))).toHaveLength(2);
  expect(firstJoin).toBeGreaterThan(lastOfBalancers);
  const shared = plan?.virtualAddresses.find(({ name }) => name === 'lb')?.address;
  expect(activities.of('sealKubeconfig')[0]?.args).toMatchObject({ apiAddress: shared });
  expect(activities.of('makeSecrets')).toHaveLength(1);
  expect(activities.of('waitForNode').map(({ args }) => args['node'])).toEqual([
    `${definition.name}-server-1`,
    `${definition.name}-worker-1`,
  ]);
});

test('a service begins when those that it depends on serve; nodes start when their nameserver does', async () => {
  const activities = new FakeActivities();
  const definition = aClusterOf(1, 0, {
    name: uniqueName(),
    services: [aLoadBalancer({ dependsOn: ['dns'], startupOrder: 2 }), aDnsService()],
  });

  const plan = await provisioned(activities, definition, (handle) => handle.query(planQuery));

  const steps = guestSteps(activities).map((step) => step.slice(step.indexOf(' ') + 1));
  expect(steps.indexOf('haproxy')).toBeGreaterThan(steps.indexOf(`dns-server-${definition.name}`));
  const dns = plan?.machines.find(({ group }) => group === 'dns');
  const server = plan?.machines.find(({ role }) => role === 'CONTROL_PLANE');
  expect(server?.network.nameservers).toEqual([dns?.network.address]);
  const order = activities.calls.map(({ name, args }) => {
    const { identity, step } = args as { identity?: { name: string }; step?: { id: string } };
    return `${name} ${identity?.name ?? step?.id ?? ''}`;
  });
  expect(order.indexOf(`startVm ${definition.name}-server-1`)).toBeGreaterThan(
    order.indexOf(`runGuestStep dns-server-${definition.name}`),
  );
  // What the plan shows is what was run.
  expect(plan?.steps.map(({ id }) => id)).toEqual(
    expect.arrayContaining([`${definition.name}-lb-1/haproxy`]),
  );
});

test('services that do not depend on each other serve at once: one that waits holds up only its own', async () => {
  const activities = new FakeActivities();
  let isMended = false;
  activities.on('runGuestStep', ({ step }) => {
    if ((step as { id: string }).id.startsWith('dns-server') && !isMended)
      throw activityError('CLOUD_INIT_FAILED', 'no package');
  });
  const definition = aClusterOf(1, 0, {
    name: uniqueName(),
    services: [aDnsService(), aLoadBalancer(), aPxeService({ dependsOn: ['dns'], startupOrder: 2 })],
  });
  const operation = `cluster/${definition.name}/provision-1`;
  const handleOf = (id: string) => world.bed.environment.client.workflow.getHandle(id);

  await world.bed.run(activities, async () => {
    const handle = await world.driver.provision(definition);
    await world.bed.environment.sleep('20 minutes');
    const { steps } = await handleOf(operation).query(operationStateQuery);
    const statusOf = (id: string) => steps.find((step) => step.id === `${definition.name}-${id}`)?.status;
    expect(statusOf(`dns-1/dns-server-${definition.name}`)).toBe('blocked');
    expect(statusOf('lb-1/haproxy')).toBe('done');
    expect(statusOf(`pxe-1/pxe-server-${definition.name}`)).toBe('pending');

    isMended = true;
    await handleOf(`${operation}/${definition.name}-dns-1`).executeUpdate(resolveStepUpdate, {
      args: [{ step: `dns-server-${definition.name}`, action: 'RETRY' }],
    });

    expect((await world.driver.settled(handle)).phase).toBe('READY');
    await world.driver.decommission(handle);
  });
}, 180_000);

test('a cluster becomes READY without a service that is not required, and says so', async () => {
  const activities = new FakeActivities();
  activities.on('runGuestStep', ({ step }) => {
    if ((step as { id: string }).id.startsWith('dns-server'))
      throw activityError('CLOUD_INIT_FAILED', 'no package');
  });
  const definition = aClusterOf(1, 0, {
    name: uniqueName(),
    services: [aDnsService({ required: false })],
  });

  const [state, plan] = await provisioned(activities, definition, (handle) =>
    Promise.all([handle.query(clusterStateQuery), handle.query(planQuery)]),
  );

  expect(state.phase).toBe('READY');
  const server = plan?.machines.find(({ role }) => role === 'CONTROL_PLANE');
  expect(server?.network.nameservers.slice(1)).toEqual(definition.network.nameservers);
  expect(plan?.warnings).toEqual([
    expect.stringContaining('service "dns" is not there: CLOUD_INIT_FAILED: no package'),
  ]);
});

test('a service that is not required may fail before it was told to serve', async () => {
  const activities = new FakeActivities();
  activities.on('claimVm', ({ identity }) => {
    if ((identity as { name: string }).name.endsWith('-lb-1'))
      throw activityError('PROXMOX_PERMISSION', 'VM.Clone');
  });
  activities.on('runGuestStep', ({ step }, callNumber) => {
    const { id } = step as { id: string };
    // By the time that it succeeds the load balancer has been given up.
    if (id.startsWith('dns-server') && callNumber < 5) throw activityError('COMMAND_FAILED', 'not yet');
  });
  const definition = aClusterOf(1, 0, {
    name: uniqueName(),
    services: [aLoadBalancer({ required: false, dependsOn: ['dns'], startupOrder: 2 }), aDnsService()],
  });

  const state = await provisioned(activities, definition, (handle) => handle.query(clusterStateQuery));

  expect(state.phase).toBe('READY');
  expect(state.plan?.warnings).toEqual([expect.stringContaining('service "lb" is not there')]);
});

test('a required service that fails waits for a person, and the nodes wait with it', async () => {
  const activities = new FakeActivities();
  let isMended = false;
  activities.on('runGuestStep', ({ step }) => {
    if ((step as { id: string }).id === 'haproxy' && !isMended)
      throw activityError('CLOUD_INIT_FAILED', 'not a configuration');
  });
  const definition = aClusterOf(1, 0, { name: uniqueName(), services: [aLoadBalancer()] });
  const operation = `cluster/${definition.name}/provision-1`;
  const handleOf = (id: string) => world.bed.environment.client.workflow.getHandle(id);

  await world.bed.run(activities, async () => {
    const handle = await world.driver.provision(definition);
    await world.bed.environment.sleep('20 minutes');
    const { steps } = await handleOf(operation).query(operationStateQuery);
    const statusOf = (id: string) => steps.find((step) => step.id === `${definition.name}-${id}`)?.status;
    expect([statusOf('lb-1/haproxy'), statusOf('server-1/start-server')]).toEqual(['blocked', 'pending']);

    isMended = true;
    await handleOf(`${operation}/${definition.name}-lb-1`).executeUpdate(resolveStepUpdate, {
      args: [{ step: 'haproxy', action: 'RETRY' }],
    });

    expect((await world.driver.settled(handle)).phase).toBe('READY');
    await world.driver.decommission(handle);
  });
});

test('names in a server that outlives the cluster are written before nodes join, and removed with it', async () => {
  const activities = new FakeActivities();
  activities.on('clusterNames', () => ({
    records: [{ name: 'api.demo.lab.internal', address: '10.1.107.100' }],
    lookUp: { id: 'verify-dns', title: 'Look up', files: [], verify: 'true', timeoutSeconds: 60 },
  }));
  const server: DnsConfiguration['server'] = {
    ...{ address: '10.1.107.53', port: 53, zone: 'lab.internal', ttlSeconds: 300 },
    ...{ keyName: 'clusters', keyAlgorithm: 'hmac-sha256', keySecret: 'clusters' },
  };
  const definition = aClusterOf(1, 0, {
    name: uniqueName(),
    services: [aDnsService({ configuration: { kind: 'RFC2136', machines: null, server } })],
  });

  await provisioned(activities, definition, () => Promise.resolve());

  const order = activities.calls.map(({ name, args }) => {
    const { step } = args as { step?: { id: string } };
    return step?.id ?? name;
  });
  expect(activities.of('ensureRecords')[0]?.args).toMatchObject({ cluster: definition.name, server });
  expect(order.indexOf('ensureRecords')).toBeLessThan(order.indexOf('start-server'));
  expect(order.indexOf('verify-dns')).toBeGreaterThan(order.indexOf('waitForNode'));
  expect(order.indexOf('removeRecords')).toBeGreaterThan(order.indexOf('removeVm'));
  expect(order.indexOf('removeRecords')).toBeLessThan(order.indexOf('releaseCluster'));
});
