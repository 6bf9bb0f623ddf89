/** A VM's configuration as the machine that whoever runs its inside gets to see. */
import type { LabMachine } from '../machine-host.js';
import type { Cluster } from './cluster.js';
import { isCdrom } from './drive.js';
import type { Options, VmRecord } from './records.js';
import { smbiosUuid } from './smbios.js';
import { bootDisk, coresOf, drivesOf, memoryOf, nicsOf, vmName } from './vm-config.js';

export function machineOf(cluster: Cluster, vm: VmRecord): LabMachine {
  const { config } = vm;
  const boot = bootDisk(config);
  const disk = boot === undefined ? undefined : cluster.storages.find(boot.drive.file, vm.node);
  const uuid = smbiosUuid(config['smbios1']) ?? '';
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
    media: mediaOf(cluster, vm.node, config),
  };
}

function mediaOf(cluster: Cluster, node: string, config: Options): Uint8Array[] {
  return drivesOf(config)
    .filter(({ drive }) => isCdrom(drive))
    .flatMap(({ drive }) => {
      const volume = cluster.storages.find(drive.file, node);
      const bytes = volume === undefined ? undefined : cluster.contents.get(volume.id);
      return bytes === undefined ? [] : [bytes];
    });
}
