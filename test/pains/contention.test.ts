/** Many at once: Proxmox VE waits ten seconds for a lock, and gives one number to whoever comes first. */
import { describe, expect, test } from '@jest/globals';
import { Latency } from '../../lab/latency.js';
import { aFaultySimulator, LINKED } from '../contract/proxmox/faulty-simulator.js';
import { simulatorTarget } from '../contract/proxmox/simulator-target.js';
import { attempt, aWorkshop, perform, type ReservedMachine } from '../contract/proxmox/workshop.js';

const MACHINES = 12;

const sim = aFaultySimulator();

describe('locks', () => {
  test('of a storage that many machines are cloned on are waited for in line, so that no clone fails', async () => {
    // A clone holds the lock for about 0.1 s, which the simulator gives up on after 0.3 s.
    const target = await simulatorTarget({ latency: new Latency({ speed: 0.05, seed: 1 }) });
    const shop = await aWorkshop(target);
    const reserved: ReservedMachine[] = [];
    while (reserved.length < MACHINES) reserved.push(await shop.machine({ source: LINKED }));

    // Two workers, which know of one another by the store alone.
    await Promise.all(
      reserved.map((one, index) =>
        attempt(() => (index % 2 === 0 ? shop.activities : shop.others).claimVm(one)),
      ),
    );

    const tasks = await shop.client.tasks('hv5', { source: 'all' });
    const clones = tasks.filter(({ type }) => type === 'qmclone').map(({ status }) => status);
    expect(clones).toEqual(Array.from({ length: MACHINES }, () => 'OK'));
    await shop.client.close();
    await target.close();
  });

  test.each([
    "can't lock file '/var/lock/pve-manager/pve-storage-local-zfs' - got timeout",
    'got lock request timeout',
    "'storage-local-zfs'-locked command timed out - aborting",
    'VM is locked (clone)',
  ])('that were not to be had in time are no failure: %s', async (message) => {
    const { activities } = sim.current.shop;
    const reserved = await sim.current.shop.machine();
    sim.current.fault('before', '/clone$', { kind: 'task-error', message });

    const first = attempt(() => activities.claimVm(reserved));
    await expect(first).rejects.toMatchObject({ code: 'PROXMOX_CONTENTION', kind: { retry: 'backoff' } });
    const claimed = await attempt(() => activities.claimVm(reserved));

    expect(sim.current.vmids()).toEqual([claimed.vmid]);
  });
});

test('two services that reach for the same numbers get a VM each, and touch only their own', async () => {
  const ours = sim.current.shop;
  // Its ledger knows nothing of ours.
  const theirs = await aWorkshop(sim.current.target);
  const shops = [ours, theirs];
  const reserved = await Promise.all(
    shops.flatMap((shop) => [0, 1, 2].map(async () => ({ shop, machine: await shop.machine() }))),
  );
  const numbers = new Set(reserved.map(({ machine }) => machine.identity.vmid));
  expect(numbers.size).toBe(3);

  const claimed = await Promise.all(
    reserved.map(({ shop, machine }) => perform(() => shop.activities.claimVm(machine))),
  );

  const names = sim.current.target.simulator.inspect().vms.map(({ vmid, name }) => [vmid, name]);
  expect(new Map(names as [number, string][])).toEqual(
    new Map(claimed.map(({ vmid }, index) => [vmid, reserved[index]?.machine.identity.name ?? ''])),
  );
  await theirs.close();
  expect(new Set(sim.current.vmids())).toEqual(new Set(claimed.slice(0, 3).map(({ vmid }) => vmid)));
});
