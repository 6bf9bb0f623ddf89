/** Whose VM it is: numbers are given out again, workers die, hosts change. */
import { expect, test } from '@jest/globals';
import type { ClaimedVm } from '../../activities/proxmox/claim-vm.js';
import { aFaultySimulator, SHARED } from '../contract/proxmox/faulty-simulator.js';
import { attempt, aWorkshop, perform } from '../contract/proxmox/workshop.js';
import { anEnvironment } from '../activities/proxmox/environment.js';
import { aReservation, aStore, ManualClock } from '../store/store-builder.js';
import { hostOf, isRunning } from './administrator.js';

const CLONE = '^POST /nodes/hv5/qemu/9001/clone$';
const ON_SHARED = { source: SHARED, storage: 'ceph-vm', host: 'hv6' };

const sim = aFaultySimulator();

test('a VMID that a failed clone gave back and a stranger got is never deleted', async () => {
  const { activities, ledger } = sim.current.shop;
  const reserved = await sim.current.shop.machine();
  const { vmid, uuid } = reserved.identity;
  sim.current.fault('before', CLONE, { kind: 'task-error', message: 'no space left on device' }, 100);
  await expect(perform(() => activities.claimVm(reserved))).rejects.toMatchObject({
    code: 'PROXMOX_TASK_FAILED',
  });
  // What the clone had claimed is free again at once, and Proxmox VE gives it to the next who asks.
  expect(sim.current.vmids()).toEqual([]);
  sim.current.target.simulator.change({ kind: 'take-vmid', vmid, node: 'hv5' });

  await perform(() => activities.removeVm(reserved));

  expect(sim.current.target.simulator.inspect().vms).toMatchObject([{ vmid, name: 'stranger' }]);
  expect(await ledger.get(uuid)).toMatchObject({ state: 'removed' });
});

test('a VM that a person put in the place of ours is not deleted for it', async () => {
  const { activities, ledger, client } = sim.current.shop;
  const reserved = await sim.current.shop.machine({ role: 'WORKER' });
  const { vmid, uuid } = reserved.identity;
  await sim.current.configured(reserved);
  await sim.current.settled(await client.destroyVm({ host: 'hv5', vmid }));
  sim.current.target.simulator.change({ kind: 'take-vmid', vmid, node: 'hv5' });

  await expect(perform(() => activities.removeVm(reserved))).rejects.toMatchObject({
    code: 'IDENTITY_MISMATCH',
    kind: { retry: 'never' },
  });

  expect(sim.current.target.simulator.inspect().vms).toMatchObject([{ vmid, name: 'stranger' }]);
  expect(await ledger.get(uuid)).toMatchObject({ state: 'done' });
});

test('the VMID of a removed machine is given to no other until late calls for it have ended', async () => {
  const clock = new ManualClock();
  const { machines } = await aStore({ quarantineSeconds: 600, now: clock.now });
  const range = { from: 100, to: 100 };
  await machines.reserve(aReservation(['old'], { range }));
  await machines.update('old', { state: 'removed' });
  const reserving = () => machines.reserve(aReservation(['new'], { range }));
  clock.advance(599);

  await expect(reserving()).rejects.toMatchObject({ code: 'VMIDS_EXHAUSTED' });

  clock.advance(1);
  expect(await reserving()).toMatchObject([{ uuid: 'new', vmid: 100 }]);
});

test('a worker that dies before it hears of the VM that it asked for leaks none', async () => {
  const { activities, others } = sim.current.shop;
  const reserved = await sim.current.shop.machine();
  const rule = sim.current.fault('after', CLONE, { kind: 'hold' });
  sim.current.latency.hold('proxmox.full-clone');
  const dying = anEnvironment();
  const died = expect(dying.run(() => activities.claimVm(reserved))).rejects.toThrow();
  await sim.current.target.faults.hit(rule);
  dying.cancel();
  await died;
  sim.current.target.faults.remove(rule);

  // What it asked for is still being made when the next one looks.
  const next = anEnvironment();
  next.on('heartbeat', ({ upid }: { upid?: string }) => {
    if (upid !== undefined) sim.current.latency.release('proxmox.full-clone');
  });
  const claimed: ClaimedVm = await next.run<[], ClaimedVm, () => Promise<ClaimedVm>>(() =>
    others.claimVm(reserved),
  );

  expect(claimed.vmid).toBe(reserved.identity.vmid);
  expect(sim.current.vmids()).toEqual([claimed.vmid]);
  expect(await sim.current.cloneTasks()).toHaveLength(1);
  await perform(() => others.removeVm(reserved));
  sim.current.expectNothingLeft();
});

test('a VM that was moved to another host is neither taken for gone nor left behind', async () => {
  const { activities } = sim.current.shop;
  const reserved = await sim.current.shop.machine(ON_SHARED);
  const { vmid } = reserved.identity;
  await sim.current.configured(reserved);
  await attempt(() => activities.startVm(reserved));
  await attempt(() => activities.detachSeed(reserved));
  sim.current.target.simulator.change({ kind: 'move-vm', vmid, node: 'hv7' });

  await attempt(() => activities.configureVm(reserved));
  expect(hostOf(sim.current, vmid)).toBe('hv7');
  await attempt(() => activities.removeVm(reserved));

  sim.current.expectNothingLeft();
});

test('a running VM is destroyed only once it is seen to be off', async () => {
  const { activities } = sim.current.shop;
  const { faults } = sim.current.target;
  const reserved = await sim.current.shop.machine({ role: 'WORKER' });
  const { vmid } = reserved.identity;
  await sim.current.configured(reserved);
  await attempt(() => activities.startVm(reserved));
  const destroying = sim.current.fault('before', '^DELETE /nodes/hv5/qemu/', { kind: 'hold' });
  const looking = faults.add({
    ...{ target: 'proxmox', stage: 'before', match: '^GET /nodes/hv5/tasks/UPID.*qmstop.*/status$' },
    ...{ effect: { kind: 'hold' }, skip: 2 },
  });
  sim.current.latency.hold('proxmox.stop');

  const removing = attempt(() => activities.removeVm(reserved));
  await Promise.race([faults.hit(looking), faults.hit(destroying)]);
  const askedTooEarly = faults.list().find(({ id }) => id === destroying)?.hits;
  sim.current.latency.release('proxmox.stop');
  faults.remove(looking);
  await faults.hit(destroying);
  const wasRunning = isRunning(sim.current, vmid);
  faults.remove(destroying);
  await removing;

  expect({ askedTooEarly, wasRunning }).toEqual({ askedTooEarly: 0, wasRunning: false });
  sim.current.expectNothingLeft();
});

test('a VM that only has the name and the number of a machine is not taken for it', async () => {
  const { client } = sim.current.shop;
  const old = await sim.current.shop.machine({ name: 'edge-worker-1', role: 'WORKER' });
  await sim.current.configured(old);
  const { vmid } = old.identity;
  // A ledger that was lost, and begins with the same numbers anew.
  const anew = await aWorkshop(sim.current.target);
  const next = await anew.machine({ name: 'edge-worker-1', role: 'CONTROL_PLANE' });
  expect(next.identity.vmid).toBe(vmid);
  const before = await client.vmConfig({ host: 'hv5', vmid });

  await expect(attempt(() => anew.activities.claimVm(next))).rejects.toMatchObject({
    code: 'IDENTITY_MISMATCH',
  });
  await expect(attempt(() => anew.activities.removeVm(next))).rejects.toMatchObject({
    code: 'IDENTITY_MISMATCH',
  });

  expect(await client.vmConfig({ host: 'hv5', vmid })).toEqual(before);
  await anew.client.close();
});
