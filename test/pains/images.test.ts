/** Machines are made where they are to run, of an image that each host has fetched itself. */
import { expect, test } from '@jest/globals';
import { CLOUD_IMAGE } from '../../lab/images/lab-images.js';
import { aDefinition, aNodeGroup } from '../builders/definition.js';
import { aPlan } from '../builders/plan.js';
import { aFaultySimulator } from '../contract/proxmox/faulty-simulator.js';
import { perform } from '../contract/proxmox/workshop.js';

const sim = aFaultySimulator();

test('machines on local disks are spread over hosts that have no template and share no storage', async () => {
  const { activities } = sim.current.shop;
  const inventory = await perform(() => activities.observeInventory({}));
  const group = aNodeGroup();
  const definition = aDefinition({
    nodeGroups: [
      {
        ...group,
        count: 3,
        template: {
          ...group.template,
          imageSource: CLOUD_IMAGE.url,
          imageChecksum: CLOUD_IMAGE.checksum,
          storage: 'local-zfs',
        },
        placement: { ...group.placement, antiAffinity: 'HARD' },
      },
    ],
  });
  const withoutTemplates = { ...inventory, templates: [] };

  const { machines } = aPlan(definition, { inventory: withoutTemplates });
  for (const planned of machines) {
    await sim.current.configured(await sim.current.shop.machine(planned));
  }

  const hosts = machines.map(({ host }) => host);
  const { vms, volumes } = sim.current.target.simulator.inspect();
  expect(new Set(hosts).size).toBe(3);
  expect(vms.map(({ node }) => node)).toEqual(hosts);
  expect(volumes.map(({ node, volid }) => `${node} ${volid}`)).toEqual(
    vms.map(({ node, vmid }) => `${node} local-zfs:vm-${vmid}-disk-0`),
  );
});
