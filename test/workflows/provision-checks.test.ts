import { describe, expect, test } from '@jest/globals';
import type { ClusterDefinition, NodeGroup } from '../../domain/cluster-definition.js';
import { operationStateQuery, planQuery } from '../../workflows/messages.js';
import { aDefinition, aNodeGroup } from '../builders/definition.js';
import { uniqueName, type ClusterDriver } from './cluster-driver.js';
import { activityError, FakeActivities } from './fake-activities.js';
import { useWorld } from './world.js';

const world = useWorld();

/** Provisions, hands the settled cluster to `look`, and removes it. */
async function provisioned<T>(
  activities: FakeActivities,
  definition: ClusterDefinition,
  look: (handle: Awaited<ReturnType<ClusterDriver['provision']>>) => Promise<T>,
): Promise<T> {
  return world.bed.run(activities, async () => {
    const handle = await world.driver.provision(definition);
    await world.driver.settled(handle);
    const seen = await look(handle);
    await world.driver.decommission(handle);
    return seen;
  });
}

const stepsOf = async (name: string) => {
  const operation = world.bed.environment.client.workflow.getHandle(`cluster/${name}/provision-1`);
  return (await operation.query(operationStateQuery)).steps;
};

describe('the preflight', () => {
  const blocker = {
    check: 'privileges',
    severity: 'blocker',
    subject: '/storage/local',
    detail: 'the token lacks Datastore.AllocateTemplate',
    remedy: 'pveum acl modify',
  } as const;

  test('holds the run before anything is reserved, says why, and goes on once a person retries', async () => {
    const activities = new FakeActivities();
    activities.on('preflight', (_args, callNumber) => ({
      findings: callNumber === 1 ? [blocker] : [],
      ready: callNumber > 1,
      commands: [],
    }));
    const definition = aDefinition({ name: uniqueName() });

    await world.bed.run(activities, async () => {
      const handle = await world.driver.provision(definition);
      await world.bed.environment.sleep('1 minute');
      const step = (await stepsOf(definition.name)).find(({ id }) => id === 'preflight');
      expect(step).toMatchObject({
        status: 'blocked',
        reason: 'PREFLIGHT_FAILED: /storage/local: the token lacks Datastore.AllocateTemplate',
      });
      expect(activities.of('reserveMachines')).toHaveLength(0);

      await world.driver.decideOperation(definition.name, { step: 'preflight', action: 'RETRY' });

      expect((await world.driver.settled(handle)).phase).toBe('READY');
      await world.driver.decommission(handle);
    });
  });

  test('shows its warnings with the plan, and lets the run go on', async () => {
    const activities = new FakeActivities();
    activities.on('preflight', () => ({
      findings: [{ ...blocker, severity: 'warning', detail: 'its clock is 3 s ahead' }],
      ready: true,
      commands: [],
    }));

    const plan = await provisioned(activities, aDefinition({ name: uniqueName() }), (handle) =>
      handle.query(planQuery),
    );

    expect(plan?.warnings).toEqual(['/storage/local: its clock is 3 s ahead']);
  });
});

test('an address on which somebody answers is replaced before a machine is given it', async () => {
  const activities = new FakeActivities();
  activities.on('probeAddresses', (_args, callNumber) => ({
    inUse: callNumber === 1 ? [{ address: '10.1.107.100', evidence: 'port 22 answered' }] : [],
  }));

  await provisioned(activities, aDefinition({ name: uniqueName() }), async () => undefined);

  expect(activities.of('replaceAddress')[0]?.args).toMatchObject({ conflicting: '10.1.107.100' });
  expect(activities.of('probeAddresses').map(({ args }) => args['addresses'])).toEqual([
    ['10.1.107.100'],
    ['10.1.107.149'],
  ]);
  expect(activities.of('waitForSsh')[0]?.args).toMatchObject({ address: '10.1.107.149' });
});

test('a run whose memory another run took plans anew, with the same identities', async () => {
  const activities = new FakeActivities();
  activities.on('reserveMachines', (_args, callNumber) => {
    if (callNumber < 3) throw activityError('PLACEMENT_OUTDATED', 'hv5 had 4096 MiB free');
  });

  const phase = await provisioned(activities, aDefinition({ name: uniqueName() }), async (handle) =>
    (await handle.query(planQuery)) === null ? 'no plan' : 'planned',
  );

  const uuids = activities
    .of('reserveMachines')
    .map(({ args }) => (args['machines'] as { uuid: string }[])[0]?.uuid);
  expect(phase).toBe('planned');
  expect(activities.of('planCluster')).toHaveLength(3);
  expect(new Set(uuids).size).toBe(1);
});

describe('machines that need a bastion', () => {
  const uplink = {
    name: 'public',
    bridge: 'vmbr0',
    privateVLAN: 3,
    cidr: null,
    ipRange: null,
    gateway: null,
    mtu: null,
  };
  const bastion = aNodeGroup({
    name: 'jump',
    role: 'BASTION',
    network: { ...aNodeGroup().network, interfaces: [uplink] },
  });
  const pxe: NodeGroup = aNodeGroup({
    name: 'server',
    template: { ...aNodeGroup().template, imageSource: null, storage: 'local-zfs' },
    boot: { ...aNodeGroup().boot, method: 'PXE', kernel: 'vmlinuz', initrd: 'initrd.img' },
  });
  const definition = (name: string) =>
    aDefinition({
      name,
      network: { ...aDefinition().network, gateway: null, egress: 'BASTION' },
      nodeGroups: [pxe, bastion],
      services: [
        {
          name: 'pxe-server',
          type: 'PXE_BOOT',
          configuration: { machines: null, dhcpRange: '10.1.107.100-150', staticAssignments: true },
          dependsOn: [],
          required: true,
          startupOrder: 1,
        },
      ],
    });

  test('are started only when it translates addresses and serves their network boot', async () => {
    const activities = new FakeActivities();

    const state = await provisioned(activities, definition(uniqueName()), (handle) =>
      world.driver.settled(handle),
    );

    const order = activities.calls.flatMap(({ name, args }) => {
      if (name === 'runGuestStep') return (args['step'] as { id: string }).id.replace(/-c-.*/, '');
      if (name !== 'startVm') return [];
      return `start ${(args['identity'] as { name: string }).name.replace(/^c-[^-]+-/, '')}`;
    });
    expect(order.slice(0, 5)).toEqual([
      'start jump-1',
      'nat',
      'foreign-dhcp-primary',
      'pxe-server',
      'start server-1',
    ]);
    expect(state.nodes.map(({ role, ready }) => [role, ready])).toEqual([
      ['CONTROL_PLANE', true],
      ['BASTION', true],
    ]);
  });

  test('are validated as Kubernetes nodes without it', async () => {
    const activities = new FakeActivities();
    const name = uniqueName();

    await provisioned(activities, definition(name), async () => undefined);

    expect(activities.of('waitForNode').map(({ args }) => args['node'])).toEqual([`${name}-server-1`]);
    expect(activities.of('runHealthChecks')[0]?.args).toMatchObject({ nodes: [`${name}-server-1`] });
  });

  test('are served exactly the reservations of those that boot so', async () => {
    const activities = new FakeActivities();
    const name = uniqueName();

    await provisioned(activities, definition(name), async () => undefined);

    const step = activities
      .of('runGuestStep')
      .map(({ args }) => args['step'] as { id: string; files: { content: string }[] })
      .find(({ id }) => id === `pxe-server-${name}`);
    const hosts = step?.files[0]?.content.split('\n').filter((line) => line.startsWith('dhcp-host='));
    expect(hosts).toHaveLength(1);
    expect(hosts?.[0]).toContain(`10.1.107.100,${name}-server-1`);
  });
});
