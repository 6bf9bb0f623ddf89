/** What the simulated Proxmox cluster is made of before anybody has used it. */

export interface LabHost {
  readonly name: string;
  readonly address: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly bridges: readonly LabBridge[];
  /** How far its clock is ahead; on time by default. */
  readonly clockSkewSeconds?: number;
}

export interface LabBridge {
  readonly name: string;
  readonly vlanAware: boolean;
}

export type VolumeContent = 'images' | 'rootdir' | 'iso' | 'vztmpl' | 'import' | 'backup';

export interface LabStorage {
  readonly id: string;
  readonly type: 'dir' | 'zfspool' | 'lvmthin' | 'rbd';
  readonly content: readonly VolumeContent[];
  /** One storage for all hosts; otherwise each host has its own of that name. */
  readonly shared: boolean;
  /** Of each host's own when it is not shared. */
  readonly capacityGiB: number;
}

export interface LabTemplate {
  readonly vmid: number;
  readonly name: string;
  readonly host: string;
  readonly storage: string;
  readonly diskGiB: number;
}

/** A file that is on a storage of some hosts from the beginning. */
export interface LabFile {
  readonly hosts: readonly string[];
  readonly storage: string;
  readonly content: 'iso' | 'import';
  /** Its name, which is also the name of one of the lab's images. */
  readonly name: string;
}

export interface LabInventory {
  readonly clusterName: string;
  readonly hosts: readonly LabHost[];
  readonly storages: readonly LabStorage[];
  readonly templates: readonly LabTemplate[];
  readonly files?: readonly LabFile[];
  readonly pools: readonly string[];
  /** `next-id` of datacenter.cfg; 100 to 1,000,000 by default. */
  readonly nextIds?: { readonly lower: number; readonly upper: number };
}

const VMBR0: LabBridge = { name: 'vmbr0', vlanAware: true };

function hypervisor(name: string, address: string): LabHost {
  return { name, address, cores: 32, memoryGiB: 128, bridges: [VMBR0] };
}

export const DEFAULT_INVENTORY: LabInventory = {
  clusterName: 'lab',
  hosts: [
    { name: 'storage01', address: '10.1.107.4', cores: 16, memoryGiB: 64, bridges: [VMBR0] },
    hypervisor('hv5', '10.1.107.5'),
    hypervisor('hv6', '10.1.107.6'),
    hypervisor('hv7', '10.1.107.7'),
  ],
  storages: [
    {
      id: 'local',
      type: 'dir',
      content: ['iso', 'vztmpl', 'import', 'backup'],
      shared: false,
      capacityGiB: 100,
    },
    {
      id: 'local-zfs',
      type: 'zfspool',
      content: ['images', 'rootdir'],
      shared: false,
      capacityGiB: 1_024,
    },
    { id: 'ceph-vm', type: 'rbd', content: ['images'], shared: true, capacityGiB: 10_240 },
  ],
  templates: [
    { vmid: 9001, name: 'ubuntu-24.04-template', host: 'hv5', storage: 'local-zfs', diskGiB: 8 },
    { vmid: 9002, name: 'ubuntu-24.04-template', host: 'hv6', storage: 'ceph-vm', diskGiB: 8 },
    { vmid: 9003, name: 'talos-1.9.1-nocloud-amd64', host: 'hv6', storage: 'ceph-vm', diskGiB: 4 },
  ],
  files: [
    {
      hosts: ['hv5', 'hv6', 'hv7'],
      storage: 'local',
      content: 'iso',
      name: 'debian-12-live-installer.iso',
    },
  ],
  pools: [],
};
