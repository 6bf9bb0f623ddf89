/** Everything that exists beside what the inventory began with: what tests look for leaks in. */
import { splitList } from './option-format.js';
import type { VolumeRecord } from './records.js';
import { volumeId } from './storages.js';
import { isTemplate, vmName } from './vm-config.js';
import type { World } from './world.js';

export interface InspectedVm {
  readonly vmid: number;
  readonly name: string;
  readonly node: string;
  readonly running: boolean;
  readonly lock: string | null;
}

export interface InspectedVolume {
  /** `null` on a shared storage. */
  readonly node: string | null;
  readonly volid: string;
}

export interface Inspection {
  /** All VMs that are no templates. */
  readonly vms: readonly InspectedVm[];
  /** Disks that belong to no template. */
  readonly volumes: readonly InspectedVolume[];
  /** Uploaded files, whatever their content type. */
  readonly isos: readonly InspectedVolume[];
  /** Tags on VMs that are no templates. */
  readonly tags: readonly string[];
  /** UPIDs. */
  readonly runningTasks: readonly string[];
}

export function inspectWorld(world: World): Inspection {
  const all = [...world.vms.values()];
  const vms = all.filter((vm) => !isTemplate(vm));
  const templates = new Set(all.filter((vm) => isTemplate(vm)).map((vm) => vm.vmid));
  const volumes = [...world.volumes.values()];
  const disks = volumes.filter((volume) => volume.content === 'images');
  return {
    vms: vms.map((vm) => ({
      vmid: vm.vmid,
      name: vmName(vm),
      node: vm.node,
      running: vm.startedAt !== null,
      lock: vm.config['lock'] ?? null,
    })),
    volumes: disks.filter((volume) => volume.vmid === null || !templates.has(volume.vmid)).map(inspected),
    isos: volumes.filter(({ content, image }) => content !== 'images' && image === '').map(inspected),
    tags: [...new Set(vms.flatMap((vm) => splitList(vm.config['tags'] ?? '')))].sort(),
    runningTasks: [...world.tasks.values()]
      .filter((task) => task.exitstatus === null)
      .map((task) => task.upid),
  };
}

function inspected(volume: VolumeRecord): InspectedVolume {
  return { node: volume.node, volid: volumeId(volume) };
}
