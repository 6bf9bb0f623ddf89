/** A VM's configuration as the machine that whoever runs its inside gets to see. */
import type { BootDevice, LabMachine } from '../machine-host.js';
import type { Cluster } from './cluster.js';
import { isCdrom, type Drive } from './drive.js';
import type { Options, VmRecord } from './records.js';
import { smbiosSerial, smbiosUuid } from './smbios.js';
import {
  bootDisk,
  bootOrder,
  coresOf,
  drivesOf,
  memoryOf,
  nicsOf,
  vmName,
  type AttachedDrive,
} from './vm-config.js';

/** Drives that no system is ever on. */
const FIRMWARE_DRIVE = /^(?:efidisk|tpmstate)/;

export function machineOf(cluster: Cluster, vm: VmRecord): LabMachine {
  const { config } = vm;
  const boot = bootDisk(config);
  const disk = boot === undefined ? undefined : cluster.storages.find(boot.drive.file, vm.node);
  const uuid = smbiosUuid(config['smbios1']) ?? '';
  const drives = drivesOf(config).filter(({ slot }) => !FIRMWARE_DRIVE.test(slot));
  return {
    vmid: vm.vmid,
    name: vmName(vm),
    uuid,
    node: vm.node,
    cores: coresOf(config),
    memoryMiB: memoryOf(config),
    interfaces: nicsOf(config).map(({ mac, bridge, vlan }) => ({
      mac: mac ?? '',
      bridge: bridge ?? '',
      vlan,
    })),
    diskId: disk?.id ?? `none-${uuid}`,
    diskGiB: (disk?.sizeBytes ?? 0) / 2 ** 30,
    image: disk?.image ?? '',
    media: drives.flatMap(({ drive }) => mediumIn(cluster, vm.node, drive) ?? []),
    disks: drives.flatMap(({ drive }) => {
      const volume = isCdrom(drive) ? undefined : cluster.storages.find(drive.file, vm.node);
      return volume === undefined ? [] : [{ diskId: volume.id, image: volume.image }];
    }),
    bootOrder: devicesInOrder(config, drives).flatMap((slot) => bootDevice(cluster, vm, slot)),
    serial: smbiosSerial(config['smbios1']),
  };
}

/** Slots in boot order. Without one, as Proxmox VE has it: the first disk, the first CD-ROM, the first interface. */
function devicesInOrder(config: Options, drives: readonly AttachedDrive[]): string[] {
  const order = bootOrder(config);
  if (order.length > 0) return order;
  const cdrom = drives.find(({ drive }) => isCdrom(drive))?.slot;
  return [bootDisk(config)?.slot, cdrom, nicNames(config)[0]].filter((slot) => slot !== undefined);
}

function bootDevice(cluster: Cluster, { config, node }: VmRecord, slot: string): BootDevice[] {
  if (slot.startsWith('net')) {
    const index = nicNames(config).indexOf(slot);
    return index < 0 ? [] : [{ kind: 'network', index }];
  }
  const attached = drivesOf(config).find((each) => each.slot === slot);
  if (attached === undefined) return [];
  const { drive } = attached;
  if (isCdrom(drive)) return [{ kind: 'cdrom', medium: mediumIn(cluster, node, drive) ?? null }];
  const volume = cluster.storages.find(drive.file, node);
  return volume === undefined ? [] : [{ kind: 'disk', diskId: volume.id }];
}

/** In the order in which {@link nicsOf} lists the interfaces. */
function nicNames(config: Options): string[] {
  const names = Object.keys(config).filter((name) => /^net\d+$/.test(name));
  return names.sort((a, b) => Number(a.slice(3)) - Number(b.slice(3)));
}

function mediumIn(cluster: Cluster, node: string, drive: Drive): Uint8Array | undefined {
  const volume = isCdrom(drive) ? cluster.storages.find(drive.file, node) : undefined;
  return volume === undefined ? undefined : cluster.contents.get(volume.id);
}
