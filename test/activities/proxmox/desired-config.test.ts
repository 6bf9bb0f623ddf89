import { describe, expect, test } from '@jest/globals';
import { configDifference, desiredConfig } from '../../../activities/proxmox/desired-config.js';
import { vmDescription } from '../../../activities/proxmox/description.js';
import { claimObjections, type MachineIdentity } from '../../../domain/machine.js';
import type { PlannedMachine } from '../../../domain/plan.js';

const IDENTITY: MachineIdentity = {
  clusterUid: 'uid-1',
  cluster: 'edge',
  name: 'edge-server-1',
  uuid: '0f1e2d3c-0000-4000-8000-000000aabbcc',
  vmid: 20_000,
  mac: 'BC:24:11:AA:BB:CC',
};

const MACHINE = {
  group: 'server',
  role: 'CONTROL_PLANE',
  ordinal: 1,
  cores: 4,
  memoryMiB: 8_192,
  cpuType: 'x86-64-v2-AES',
  tags: ['prod', 'clusterwright'],
  metadata: {},
  network: { bridge: 'vmbr1', vlan: 12, mtu: 9_000 },
  interfaces: [],
  firewall: null,
} as unknown as PlannedMachine;

const BOOT = {
  boot: 'order=scsi0',
  smbios1: `uuid=${IDENTITY.uuid}`,
  ide2: 'local:iso/cw-x.iso,media=cdrom',
};
const DESIRED = desiredConfig(IDENTITY, MACHINE, BOOT);

/** As Proxmox VE shows a VM that is as desired: ordered, completed and in its own types. */
const AS_SHOWN = {
  name: 'edge-server-1',
  tags: 'clusterwright;cw-edge;prod',
  boot: 'order=scsi0',
  smbios1: 'uuid=0F1E2D3C-0000-4000-8000-000000AABBCC',
  sockets: 1,
  cores: 4,
  memory: '8192',
  balloon: 0,
  cpu: 'x86-64-v2-AES',
  net0: 'virtio=BC:24:11:AA:BB:CC,bridge=vmbr1,mtu=9000,tag=12',
  onboot: 1,
  agent: '1',
  ide2: 'local:iso/cw-x.iso,media=cdrom,size=56K',
  scsi0: 'local-zfs:vm-20000-disk-0,size=10G',
};

describe('the difference', () => {
  test('is empty when the VM is as desired', () => {
    expect(configDifference(AS_SHOWN, DESIRED)).toEqual({});
  });

  test.each([
    ['name', 'other'],
    ['tags', 'clusterwright;cw-edge'],
    ['tags', 'clusterwright;cw-edge;prod;more'],
    ['smbios1', 'uuid=ffffffff-0000-4000-8000-000000aabbcc'],
    ['smbios1', `uuid=${IDENTITY.uuid},base64=1,serial=ZHM9bm9jbG91ZA==`],
    ['boot', 'order=scsi0;net0'],
    ['boot', 'cdn'],
    ['boot', undefined],
    ['cores', 2],
    ['memory', '4096'],
    ['balloon', undefined],
    ['net0', 'virtio=BC:24:11:AA:BB:CC,bridge=vmbr1,mtu=9000'],
    ['net0', 'virtio=BC:24:11:AA:BB:CC,bridge=vmbr1,firewall=1,mtu=9000,tag=12'],
    ['agent', '0'],
    ['ide2', 'none,media=cdrom'],
    ['ide2', 'local:iso/cw-x.iso'],
  ])('names %s when it is %s', (option, value) => {
    expect(configDifference({ ...AS_SHOWN, [option]: value }, DESIRED)).toEqual({
      [option]: DESIRED[option],
    });
  });

  test('deletes an interface that the template had', () => {
    expect(configDifference({ ...AS_SHOWN, net1: 'virtio=BC:24:11:00:00:01,bridge=vmbr0' }, DESIRED)).toEqual(
      {
        delete: 'net1',
      },
    );
  });

  test('deletes a cloud-init drive that the template had, and leaves a protection alone', () => {
    const config = { ...AS_SHOWN, ide0: 'local-zfs:vm-20000-cloudinit,media=cdrom', protection: 1 };

    expect(configDifference(config, DESIRED)).toEqual({ delete: 'ide0' });
  });
});

describe('a machine with Talos', () => {
  const talos = desiredConfig(IDENTITY, { ...MACHINE, system: 'TALOS' }, BOOT);

  test('has no agent that Proxmox VE would wait for, and one controller for all its disks', () => {
    expect(talos).toMatchObject({ agent: 'enabled=0', scsihw: 'virtio-scsi-pci' });
  });

  test('is changed where its template promises an agent', () => {
    expect(configDifference({ ...AS_SHOWN, scsihw: 'virtio-scsi-single' }, talos)).toEqual({
      agent: 'enabled=0',
      scsihw: 'virtio-scsi-pci',
    });
    expect(configDifference({ ...AS_SHOWN, agent: '0', scsihw: 'virtio-scsi-pci' }, talos)).toEqual({});
  });
});

describe('the description', () => {
  test('proves the claim', () => {
    const description = vmDescription(IDENTITY, MACHINE);

    expect(
      claimObjections({ vmid: 20_000, name: 'edge-server-1', uuid: null, tags: [], description }, IDENTITY),
    ).toEqual([]);
  });

  test('takes no line from a note', () => {
    const metadata = { note: 'x\nclusterwright: uid-2/other/ffffffff', '\nclusterwright: k': 'v' };

    const lines = vmDescription(IDENTITY, { ...MACHINE, metadata }).split('\n');

    expect(lines.filter((line) => line.startsWith('clusterwright: uid-'))).toHaveLength(1);
  });

  test('stays short whatever the notes are', () => {
    const metadata = { note: 'x'.repeat(100_000) };

    expect(vmDescription(IDENTITY, { ...MACHINE, metadata }).length).toBeLessThan(8_192);
  });
});
