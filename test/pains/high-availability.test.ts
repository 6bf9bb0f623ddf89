/** High availability only takes requests: what it was asked for is done later, elsewhere, or not at all. */
import { expect, test } from '@jest/globals';
import { aFaultySimulator, SHARED, until } from '../contract/proxmox/faulty-simulator.js';
import { attempt, type ReservedMachine } from '../contract/proxmox/workshop.js';
import { administer, hostOf, isRunning } from './administrator.js';

const ON_SHARED = { source: SHARED, storage: 'ceph-vm', host: 'hv6' };

const sim = aFaultySimulator();

async function configured(): Promise<ReservedMachine> {
  const reserved = await sim.current.shop.machine(ON_SHARED);
  await sim.current.configured(reserved);
  return reserved;
}

const sidOf = ({ identity }: ReservedMachine): string => `vm:${identity.vmid}`;

const manage = (machine: ReservedMachine, state: 'started' | 'stopped'): Promise<unknown> =>
  administer(sim.current.target, 'POST', '/cluster/ha/resources', { sid: sidOf(machine), state });

test('a machine that high availability manages is removed, from it and from its rules, and is not brought up again', async () => {
  const { target, shop } = sim.current;
  const [ours, other] = [await configured(), await configured()];
  await manage(ours, 'started');
  await manage(other, 'started');
  await administer(target, 'POST', '/cluster/ha/rules', {
    rule: 'apart',
    type: 'resource-affinity',
    affinity: 'negative',
    resources: [ours, other].map(sidOf).join(','),
  });
  await until(() => [ours, other].every(({ identity }) => isRunning(sim.current, identity.vmid)));

  await attempt(() => shop.activities.removeVm(ours));

  const { vmid } = ours.identity;
  const resources = await administer<{ sid: string }[]>(target, 'GET', '/cluster/ha/resources');
  const starts = (await shop.client.tasks('hv6', { source: 'all', vmid })).filter(
    ({ type }) => type === 'qmstart',
  );
  expect(sim.current.vmids()).toEqual([other.identity.vmid]);
  expect(resources.map(({ sid }) => sid)).toEqual([sidOf(other)]);
  // A rule for one resource says nothing.
  expect(await administer(target, 'GET', '/cluster/ha/rules')).toEqual([]);
  expect(starts).toHaveLength(1);
  expect(isRunning(sim.current, other.identity.vmid)).toBe(true);
});

test('a start that high availability has only taken note of is not done, and is followed to the host that it ends on', async () => {
  const { target, shop } = sim.current;
  const reserved = await configured();
  const { vmid } = reserved.identity;
  await attempt(() => shop.activities.detachSeed(reserved));
  await manage(reserved, 'stopped');
  sim.current.latency.hold('proxmox.ha');
  let isOver = false;
  const starting = attempt(() => shop.activities.startVm(reserved)).then(() => (isOver = true));
  const requests = async () => {
    const tasks = await Promise.all(['hv6', 'hv7'].map((host) => shop.client.tasks(host, { source: 'all' })));
    return tasks.flat().filter(({ type }) => type === 'hastart');
  };
  await until(async () => (await requests()).some(({ status }) => status === 'OK'));
  // Its first host says now that there is no such VM.
  target.simulator.change({ kind: 'move-vm', vmid, node: 'hv7' });
  for (let call = 0; call < 20; call += 1) await shop.client.nodes();
  const early = isOver;

  sim.current.latency.release('proxmox.ha');
  await starting;

  expect(early).toBe(false);
  expect(await requests()).toHaveLength(1);
  expect(hostOf(sim.current, vmid)).toBe('hv7');
  expect(isRunning(sim.current, vmid)).toBe(true);
});
