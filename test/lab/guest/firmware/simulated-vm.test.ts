import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { installerMedium } from '../../../../lab/guest/live/installer-medium.js';
import { SimulatedCluster } from '../../proxmox/simulated-cluster.js';
import { aSeed, TestLab, until } from '../lab.js';

const VM = '/nodes/hv5/qemu/100';

let lab: TestLab;
let cluster: SimulatedCluster;

beforeEach(async () => {
  lab = new TestLab();
  cluster = await SimulatedCluster.start({ machines: lab.guests });
  lab.guests.onHalted((vmid) => cluster.simulator.machineHalted(vmid));
});

afterEach(async () => {
  await cluster.stop();
  await lab.close();
});

async function upload(name: string, bytes: Uint8Array): Promise<string> {
  const { data } = await cluster.upload(name, bytes);
  expect(await cluster.ended(data as string)).toBe('OK');
  return `local:iso/${name},media=cdrom`;
}

test('a VM that Proxmox VE makes is installed from its medium, and is shown as stopped when it goes down', async () => {
  const [ide2, ide3] = [await upload('live.iso', installerMedium()), await upload('seed.iso', aSeed(1))];
  const created = await cluster.task('POST', '/nodes/hv5/qemu', {
    vmid: 100,
    name: 'edge-1',
    scsi0: 'local-zfs:8',
    ide2,
    ide3,
    boot: 'order=scsi0;ide2',
    net0: 'virtio=BC:24:11:00:00:01,bridge=vmbr0',
  });

  const started = await cluster.task('POST', `${VM}/status/start`);
  const login = await lab.login('10.1.107.101');
  await login.run('cloud-init status --wait; sudo poweroff');
  await until(async () => {
    const { status } = await cluster.data<{ status: string }>('GET', `${VM}/status/current`);
    return status === 'stopped';
  });

  expect([created, started]).toEqual(['OK', 'OK']);
  expect(lab.guests.inspect().machines).toEqual([]);
});

test('its disk stays installed when the media are taken out', async () => {
  const [ide2, ide3] = [await upload('live.iso', installerMedium()), await upload('seed.iso', aSeed(1))];
  const net0 = 'virtio=BC:24:11:00:00:01,bridge=vmbr0';
  const boot = 'order=scsi0;ide2';
  await cluster.task('POST', '/nodes/hv5/qemu', { vmid: 100, scsi0: 'local-zfs:8', ide2, ide3, boot, net0 });
  await cluster.task('POST', `${VM}/status/start`);
  const before = await lab.login('10.1.107.101');

  await cluster.task('POST', `${VM}/status/stop`);
  await cluster.data('PUT', `${VM}/config`, { ide2: 'none,media=cdrom', delete: 'ide3' });
  await cluster.task('POST', `${VM}/status/start`);
  const after = await lab.login('10.1.107.101');

  expect(after.hostKey).toBe(before.hostKey);
});
