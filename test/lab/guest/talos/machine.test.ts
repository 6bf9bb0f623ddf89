import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { talosMachine } from '../../../../activities/talos/access.js';
import { METHODS } from '../../../../activities/talos/api/methods.js';
import { aTalosMachine, CLUSTER_UID, nameOf, TalosWorld } from '../../../activities/talos/talos-world.js';
import { until } from '../lab.js';

const NEVER = new AbortController().signal;
const CONTROL_PLANE = { kind: 'apply-configuration', role: 'controlplane' } as const;

let world: TalosWorld;

beforeEach(async () => {
  world = await TalosWorld.open();
});

afterEach(async () => {
  await world.close();
});

function seen(number: number) {
  return world.lab.guests.inspect().machines.find(({ name }) => name === nameOf(number));
}

async function inMaintenance(number: number) {
  world.powerOn(number);
  await until(async () => seen(number)?.state === 'maintenance' && (seen(number)?.ports.length ?? 0) > 0);
  return talosMachine(world.access, world.target(number), NEVER);
}

describe('a machine with Talos and no configuration', () => {
  test('has the address of its medium, its own API, and no SSH', async () => {
    await inMaintenance(1);

    expect(seen(1)).toMatchObject({ addresses: ['10.1.107.101'], ports: [50_000] });
  });

  test('answers to a configuration only', async () => {
    const machine = await inMaintenance(1);
    const call = machine.inMaintenance((connection) => connection.call(METHODS.version, {}));

    await expect(call).rejects.toMatchObject({ code: status.UNIMPLEMENTED });
  });

  test('takes no configuration in a mode that needs one before', async () => {
    const machine = await inMaintenance(1);
    const call = machine.inMaintenance((connection) =>
      connection.call(METHODS.applyConfiguration, { data: Buffer.from(''), mode: 2 }),
    );

    await expect(call).rejects.toMatchObject({
      code: status.UNIMPLEMENTED,
      message: expect.stringContaining("--mode='no-reboot' is not supported in maintenance mode"),
    });
  });

  test('does not prove to be one of a cluster', async () => {
    const machine = await inMaintenance(1);
    const call = machine.asMember((connection) => connection.call(METHODS.version, {}));

    await expect(call).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });
});

describe('a machine with Talos and a configuration', () => {
  test('lets nobody in without a certificate of its cluster', async () => {
    world.powerOn(1);
    await world.step(1, CONTROL_PLANE);
    const machine = await talosMachine(world.access, world.target(1), NEVER);
    const call = machine.inMaintenance((connection) => connection.call(METHODS.version, {}));

    await expect(call).rejects.toMatchObject({ code: status.UNAVAILABLE });
  });

  test('bootstraps once: it refuses as soon as it has data', async () => {
    await world.formed();
    const machine = await talosMachine(world.access, world.target(1), NEVER);
    const call = machine.asMember((connection) => connection.call(METHODS.bootstrap, { recoverEtcd: false }));

    await expect(call).rejects.toMatchObject({
      code: status.ALREADY_EXISTS,
      message: expect.stringContaining('etcd data directory is not empty'),
    });
  });

  test('makes a second cluster where a second one is told to: nothing on it can know better', async () => {
    await world.formed();
    world.powerOff(1);
    world.powerOn(2);
    await world.step(2, CONTROL_PLANE);
    const machine = await talosMachine(world.access, world.target(2), NEVER);

    await machine.asMember((connection) => connection.call(METHODS.bootstrap, { recoverEtcd: false }));

    const { messages } = await until(async () =>
      machine
        .asMember((connection) => connection.call(METHODS.etcdMemberList, { queryLocal: true }))
        .catch(() => undefined),
    );
    expect(messages[0]?.members.map(({ hostname }) => hostname)).toEqual(['edge-2']);
  });

  test('with another token than its cluster never joins', async () => {
    await world.formed();
    const sealed = JSON.parse((await world.store.secrets.get(CLUSTER_UID, 'talos-secrets')) ?? '{}');
    const changed = { ...sealed, bootstrapToken: 'aaaaaa.aaaaaaaaaaaaaaaa' };
    await world.store.secrets.put(CLUSTER_UID, 'talos-secrets', JSON.stringify(changed));
    world.powerOn(2);

    await world.step(2, CONTROL_PLANE);

    await until(async () =>
      seen(2)?.console.some((line) => line.includes('failed to join etcd: Unauthorized')),
    );
    expect(seen(2)?.services).toMatchObject({ etcd: 'Preparing' });
  });

  test('has nothing of its disk where the disk is a new one', async () => {
    await world.formed();
    world.powerOff(1);

    world.lab.guests.diskRemoved(aTalosMachine(1).diskId);
    await inMaintenance(1);

    expect(seen(1)?.state).toBe('maintenance');
  });
});
