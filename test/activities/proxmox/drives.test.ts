import { expect, test } from '@jest/globals';
import { bootDisk, cdromSlots, drivesOf, ownVolumes } from '../../../activities/proxmox/drives.js';

test('drives are told from other options, disks from media', () => {
  const drives = drivesOf({
    scsi0: 'local-zfs:vm-100-disk-0,size=10G',
    scsihw: 'virtio-scsi-pci',
    ide2: 'local:iso/x.iso,media=cdrom,size=376K',
    ide0: 'local-zfs:vm-100-cloudinit,media=cdrom',
    sata0: 'none,media=cdrom',
    smbios1: 'uuid=1',
  });

  expect(drives.map(({ slot, isCdrom, isCloudInit }) => [slot, isCdrom, isCloudInit])).toEqual([
    ['scsi0', false, false],
    ['ide2', true, false],
    ['ide0', true, true],
    ['sata0', true, false],
  ]);
});

test.each([
  ['10G', 10],
  ['10240M', 10],
  ['1T', 1_024],
  ['10737418240', 10],
  ['2252M', 2.19921875],
])('a size of %s is %d GiB', (size, expected) => {
  expect(bootDisk({ scsi0: `local:vm-1-disk-0,size=${size}` })?.sizeGiB).toBe(expected);
});

test('the boot disk is the first disk of the boot order', () => {
  const config = {
    boot: 'order=ide2;virtio1;scsi0',
    ide2: 'none,media=cdrom',
    scsi0: 'local:vm-1-disk-0',
    virtio1: 'local:vm-1-disk-1',
    efidisk0: 'local:vm-1-disk-2',
  };

  expect(bootDisk(config)?.slot).toBe('virtio1');
  expect(bootDisk({ ...config, boot: '' })?.slot).toBe('scsi0');
  expect(bootDisk({ efidisk0: 'local:vm-1-disk-2' })).toBeUndefined();
});

test('what destroying frees are the disks, the unused ones and the cloud-init drive', () => {
  const volumes = ownVolumes({
    scsi0: 'a:vm-1-disk-0',
    unused0: 'a:vm-1-disk-1',
    ide0: 'a:vm-1-cloudinit,media=cdrom',
    ide2: 'local:iso/x.iso,media=cdrom',
  });

  expect(volumes.toSorted()).toEqual(['a:vm-1-cloudinit', 'a:vm-1-disk-0', 'a:vm-1-disk-1']);
});

test('a medium stays where it is, or goes into the first slot without a disk', () => {
  const volume = 'local:iso/seed.iso';

  expect(cdromSlots({ ide0: `${volume},media=cdrom` }, [volume])).toEqual(['ide0']);
  expect(cdromSlots({ ide2: 'none,media=cdrom' }, [volume])).toEqual(['ide2']);
  expect(cdromSlots({ ide2: 'local:vm-1-disk-0' }, [volume])).toEqual(['ide0']);
});

test('each medium has a drive of its own, also when one is in the first drive already', () => {
  const [one, two] = ['local:iso/installer.iso', 'local:iso/seed.iso'];

  expect(cdromSlots({}, [one, two])).toEqual(['ide2', 'ide0']);
  expect(cdromSlots({ ide2: `${two},media=cdrom` }, [one, two])).toEqual(['ide0', 'ide2']);
  expect(cdromSlots({ ide2: `${one},media=cdrom`, ide0: `${two},media=cdrom` }, [one, two])).toEqual([
    'ide2',
    'ide0',
  ]);
});

test('there is no drive for a medium when disks are in all slots', () => {
  const disks = ['ide2', 'ide0', 'sata5'].map((slot) => [slot, 'local:vm-1-disk-0']);
  const config = Object.fromEntries(disks) as Record<string, string>;

  expect(cdromSlots(config, ['a:iso/x.iso'])).toEqual(['sata4']);
  expect(cdromSlots(config, ['a:iso/x.iso', 'a:iso/y.iso'])).toBeUndefined();
});
