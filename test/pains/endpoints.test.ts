/** Hosts go down, also the one whose address the service was given first. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createProxmoxClient, type ProxmoxClient } from '../../activities/proxmox/client.js';
import type { ProxmoxActivities } from '../../activities/proxmox/activities.js';
import { SHARED } from '../contract/proxmox/faulty-simulator.js';
import { simulatorTarget, type SimulatorTarget } from '../contract/proxmox/simulator-target.js';
import {
  attempt,
  aWorkshop,
  perform,
  type ReservedMachine,
  type Workshop,
} from '../contract/proxmox/workshop.js';
import { bootable, bootedOnce } from './first-boot.js';

const ON_SHARED = { source: SHARED, storage: 'ceph-vm', host: 'hv6' };

let target: SimulatorTarget;
let shop: Workshop;
let client: ProxmoxClient;
let activities: ProxmoxActivities;

/** The first three hosts have an address each: `storage01`, `hv5` and `hv6`. */
beforeEach(async () => {
  target = await simulatorTarget({ addresses: 3 });
  shop = await aWorkshop(target);
  const { trust, token, simulator } = target;
  client = createProxmoxClient({ endpoints: simulator.urls.map((url) => ({ url, trust })), token });
  activities = shop.activitiesWith({ client });
});
afterEach(async () => {
  await client.close();
  await shop.client.close();
  await target.close();
});

const goDown = (node: string): void => target.simulator.change({ kind: 'node-offline', node });

test('work goes on by the other addresses when the host whose address comes first is down', async () => {
  const machine = bootable(await shop.machine());
  await perform(() => activities.claimVm(machine));
  goDown('storage01');

  // Already the first attempt.
  await attempt(() => activities.prepareBoot(machine));
  await bootedOnce(activities, machine);
  await perform(() => activities.removeVm(machine));

  expect(target.simulator.inspect()).toMatchObject({ vms: [], volumes: [], isos: [] });
});

test('a host that is down makes none of its machines gone, and holds up none of the other hosts', async () => {
  const configured = async (change = {}): Promise<ReservedMachine> => {
    const machine = bootable(await shop.machine(change));
    await bootedOnce(activities, machine);
    return machine;
  };
  const [there, elsewhere] = [await configured(), await configured(ON_SHARED)];
  goDown('hv5');

  const removing = attempt(() => activities.removeVm(there));
  await expect(removing).rejects.toMatchObject({
    code: 'PROXMOX_NODE_UNREACHABLE',
    kind: { retry: 'backoff' },
  });
  await perform(() => activities.removeVm(elsewhere));

  expect(await shop.ledger.get(there.identity.uuid)).toMatchObject({ state: 'done' });
  expect(target.simulator.inspect().vms.map(({ vmid }) => vmid)).toEqual([there.identity.vmid]);
  target.simulator.change({ kind: 'node-online', node: 'hv5' });
  await perform(() => activities.removeVm(there));
  expect(target.simulator.inspect()).toMatchObject({ vms: [], volumes: [], isos: [] });
});
