import { describe, expect, test } from '@jest/globals';
import { sortDisks } from '../../../activities/proxmox/own-disks.js';
import type { MachineVolume } from '../../../store/store.js';

const MADE_WITH: readonly MachineVolume[] = [
  { slot: 'scsi0', volume: 'local-zfs:base-9001-disk-0/vm-100-disk-0' },
];

function kinds(config: Readonly<Record<string, string>>, recorded = MADE_WITH) {
  const { own, lent, disputed } = sortDisks({ address: { host: 'hv5', vmid: 100 }, config }, recorded);
  const slots = (disks: typeof own): string[] => disks.map(({ slot }) => slot);
  return { own: slots(own), lent: slots(lent), disputed: slots(disputed) };
}

describe('the disk of a VM', () => {
  test.each([
    ['that it was made with', { scsi0: 'local-zfs:base-9001-disk-0/vm-100-disk-0,size=8G' }],
    ['in that slot, by the name that it has since it was moved', { scsi0: 'ceph:vm-100-disk-3,size=8G' }],
    ['in that slot, as a file', { scsi0: 'nas:100/vm-100-disk-0.qcow2,size=8G' }],
    ['that it was made with, detached', { unused0: 'local-zfs:base-9001-disk-0/vm-100-disk-0' }],
    ['that Proxmox VE makes for cloud-init', { ide0: 'local-zfs:vm-100-cloudinit,media=cdrom' }],
  ])('%s is its own', (_which, config) => {
    expect(kinds(config)).toMatchObject({ own: Object.keys(config), lent: [], disputed: [] });
  });

  test.each([
    ['of a storage driver', { scsi3: 'ceph:vm-9999-pvc-0a1b2c3d,size=4G' }],
    ['of another VM', { scsi3: 'ceph:vm-1000-disk-0,size=4G' }],
    ['in its slot, of another VM', { scsi0: 'ceph:vm-101-disk-0,size=4G' }],
    ['whose name tells of no VM', { scsi3: 'iscsi:0.0.1.scsi-36001405,size=4G' }],
  ])('%s is lent to it', (_which, config) => {
    expect(kinds(config)).toMatchObject({ own: [], lent: Object.keys(config), disputed: [] });
  });

  test.each([
    ['added', { scsi1: 'ceph:vm-100-disk-1,size=4G' }],
    ['added and detached', { unused0: 'ceph:vm-100-disk-1' }],
    ['named by a storage driver for the VM itself', { scsi1: 'ceph:vm-100-pvc-0a1b2c3d,size=4G' }],
  ])('that was %s is disputed', (_which, config) => {
    expect(kinds(config)).toMatchObject({ own: [], lent: [], disputed: Object.keys(config) });
  });

  test('is its own when it was never seen made: nobody else can have added one', () => {
    const config = { scsi0: 'ceph:vm-100-disk-0', scsi1: 'ceph:vm-100-disk-1', scsi2: 'ceph:vm-9-disk-0' };

    expect(kinds(config, [])).toEqual({ own: ['scsi0', 'scsi1'], lent: ['scsi2'], disputed: [] });
  });

  test('is not what only lies in a drive', () => {
    const config = { ide2: 'local:iso/debian.iso,media=cdrom', ide3: 'none,media=cdrom' };

    expect(kinds(config)).toEqual({ own: [], lent: [], disputed: [] });
  });
});
