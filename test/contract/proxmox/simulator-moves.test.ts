/** How machines of ours get to another host, and how it is proved that nothing of a cluster is left. */
import { describe, expect, test } from '@jest/globals';
import { aFaultySimulator, SHARED } from './faulty-simulator.js';
import { attempt, perform, type ReservedMachine } from './workshop.js';

const sim = aFaultySimulator();

/** A machine whose disk can be reached from every host. */
const ON_SHARED = { source: SHARED, storage: 'ceph-vm', host: 'hv6' };
const MIGRATE = '^POST /nodes/hv6/qemu/\\d+/migrate$';

async function running(change: Parameters<typeof sim.current.shop.machine>[0]): Promise<ReservedMachine> {
  const reserved = await sim.current.shop.machine(change);
  await sim.current.configured(reserved);
  const { identity } = reserved;
  await perform(() => sim.current.shop.activities.startVm({ identity }));
  return reserved;
}

async function withoutMedium(
  change: Parameters<typeof sim.current.shop.machine>[0],
): Promise<ReservedMachine> {
  const reserved = await running(change);
  const { identity } = reserved;
  await perform(() => sim.current.shop.activities.detachSeed({ identity }));
  return reserved;
}

const seen = ({ identity }: ReservedMachine) =>
  sim.current.target.simulator.inspect().vms.find(({ vmid }) => vmid === identity.vmid);

const move = ({ identity }: ReservedMachine, from: string, to: string) =>
  sim.current.shop.activities.migrateVm({ identity, from, to });

const moves = (): Promise<string[]> => sim.current.tasksOf('qmigrate');

describe('a machine that is moved', () => {
  test('runs all the time where every host can reach its disks, and the ledger knows where it is', async () => {
    const reserved = await withoutMedium(ON_SHARED);

    const moved = await perform(() => move(reserved, 'hv6', 'hv7'));

    expect(moved).toEqual({ host: 'hv7', isRunning: true });
    expect(seen(reserved)).toMatchObject({ node: 'hv7', running: true });
    expect(await sim.current.shop.ledger.get(reserved.identity.uuid)).toMatchObject({ host: 'hv7' });
  });

  test('is moved once, however often the answer is lost', async () => {
    const reserved = await withoutMedium(ON_SHARED);
    sim.current.fault('after', MIGRATE, { kind: 'drop' });

    await perform(() => move(reserved, 'hv6', 'hv7'));
    const again = await perform(() => move(reserved, 'hv6', 'hv7'));

    expect(again).toEqual({ host: 'hv7', isRunning: true });
    expect(await moves()).toHaveLength(1);
  });

  test('with local disks is off meanwhile, and takes them along', async () => {
    const reserved = await withoutMedium({});
    const { identity } = reserved;
    await perform(() => sim.current.shop.activities.shutDownVm({ identity }));

    const moved = await perform(() => move(reserved, 'hv5', 'hv6'));

    expect(moved).toEqual({ host: 'hv6', isRunning: false });
    const disks = sim.current.target.simulator
      .inspect()
      .volumes.filter(({ volid }) => volid.includes(`vm-${identity.vmid}-`));
    expect(disks.length).toBeGreaterThan(0);
    expect(new Set(disks.map(({ node }) => node))).toEqual(new Set(['hv6']));
  });

  test('stays where it is while it holds on to a medium of its host', async () => {
    const reserved = await running(ON_SHARED);

    await expect(attempt(() => move(reserved, 'hv6', 'hv7'))).rejects.toMatchObject({
      code: 'MACHINE_NOT_MOVABLE',
      message: expect.stringContaining('it has the local medium'),
    });

    expect(seen(reserved)).toMatchObject({ node: 'hv6', running: true });
    expect(await moves()).toEqual([]);
  });

  test('runs where it was when its migration fails, and the error says why', async () => {
    const reserved = await withoutMedium(ON_SHARED);
    sim.current.fault('before', MIGRATE, { kind: 'task-error', message: 'storage migration failed' });

    await expect(attempt(() => move(reserved, 'hv6', 'hv7'))).rejects.toMatchObject({
      code: 'MIGRATION_FAILED',
      message: expect.stringContaining('storage migration failed'),
    });

    expect(seen(reserved)).toMatchObject({ node: 'hv6', running: true });
  });

  test('by somebody else meanwhile stays where that one put it', async () => {
    const reserved = await withoutMedium(ON_SHARED);
    const { vmid } = reserved.identity;
    const { client } = sim.current.shop;
    const options = { target: 'hv5', online: true, withLocalDisks: false };
    await sim.current.settled(await client.migrateVm({ host: 'hv6', vmid }, options));

    const moved = await perform(() => move(reserved, 'hv6', 'hv7'));

    expect(moved).toEqual({ host: 'hv5', isRunning: true });
    expect(await moves()).toHaveLength(1);
  });
});

describe('the proof that a cluster is gone', () => {
  const prove = () => {
    const { activities, clusterUid, cluster } = sim.current.shop;
    return attempt(() => activities.proveGone({ clusterUid, cluster }));
  };

  test('is not given while a machine of it is there, and names what is left', async () => {
    const { identity } = await running(ON_SHARED);

    await expect(prove()).rejects.toMatchObject({
      code: 'RESIDUE_LEFT',
      message: expect.stringContaining(`VM ${identity.vmid}`),
    });
  });

  test('tells all that was looked at, once the machines are removed', async () => {
    const { identity } = await running(ON_SHARED);
    await perform(() => sim.current.shop.activities.removeVm({ identity }));

    const { looks, notSeen } = await prove();

    expect(looks.map(({ at }) => at)).toEqual(['vms', 'disks', 'media', 'tasks', 'ha', 'firewall']);
    expect(notSeen).toEqual([]);
  });

  test.each([
    ['waits for a host that had one of them', 'hv6'],
    ['says of a host that had none of them that it was not seen', 'hv5'],
  ] as const)('%s, and does not answer', async (_what, node) => {
    const { identity } = await running(ON_SHARED);
    await perform(() => sim.current.shop.activities.removeVm({ identity }));
    sim.current.fault('before', '^GET /cluster/status$', { kind: 'node-offline', node });

    const proof = await prove().catch((error: unknown) => error);

    if (node === 'hv5') expect(proof).toMatchObject({ notSeen: ['hv5'] });
    else
      expect(proof).toMatchObject({
        code: 'PROXMOX_NODE_UNREACHABLE',
        message: expect.stringContaining(`${identity.name} on hv6`),
      });
  });
});
