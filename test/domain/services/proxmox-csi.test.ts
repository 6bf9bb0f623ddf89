import { describe, expect, test } from '@jest/globals';
import { csiNodeLabels, isCsiVolume, volumeOfHandle } from '../../../domain/services/proxmox-csi.js';
import { aStorageService } from '../../builders/service.js';

const DISK = 'vm-9999-pvc-3f0e8a52-1b2c-4d5e-8f90-a1b2c3d4e5f6';

describe('the handle of a volume', () => {
  test.each([
    [`proxmox//ceph-vm/${DISK}`, { volume: `ceph-vm:${DISK}`, host: null }],
    [`proxmox/hv5/local-zfs/${DISK}`, { volume: `local-zfs:${DISK}`, host: 'hv5' }],
    [`proxmox/hv5/local/9999/${DISK}.raw`, { volume: `local:9999/${DISK}.raw`, host: 'hv5' }],
  ])('%s says where it lies', (handle, place) => {
    expect(volumeOfHandle(handle)).toEqual(place);
    expect(isCsiVolume(place.volume)).toBe(true);
  });

  test.each([
    ['of another region', `elsewhere//ceph-vm/${DISK}`],
    ['of a machine', 'proxmox//ceph-vm/vm-20000-disk-0'],
    ['of another VM', `proxmox//ceph-vm/${DISK.replace('9999', '20000')}`],
    ['that leads elsewhere', `proxmox/../ceph-vm/${DISK}`],
    ['with more behind it', `proxmox//ceph-vm/${DISK}/../vm-100-disk-0`],
    ['of no storage', `proxmox///${DISK}`],
    ['that is empty', ''],
  ])('%s is none of ours', (_, handle) => {
    expect(volumeOfHandle(handle)).toBeUndefined();
  });
});

test('nodes are told where they are only where the driver asks for it', () => {
  const labels = { 'topology.kubernetes.io/region': 'proxmox', 'topology.kubernetes.io/zone': 'hv5' };

  expect(csiNodeLabels({ services: [aStorageService()] }, 'hv5')).toEqual(labels);
  const nfs = aStorageService({ configuration: { kind: 'NFS', proxmoxStorage: null, token: null } });
  expect(csiNodeLabels({ services: [nfs] }, 'hv5')).toEqual({});
});
