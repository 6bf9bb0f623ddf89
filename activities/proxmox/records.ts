/** What Proxmox VE answers, as far as it is read here. Sizes are bytes, times seconds since the epoch. */

/** `GET /cluster/resources?type=vm`. Name and template are those of pvestatd's last report, up to 10 s ago. */
export interface VmResource {
  readonly vmid: number;
  readonly type: 'qemu' | 'lxc';
  readonly node: string;
  readonly status: string;
  readonly name?: string;
  readonly template?: number;
  readonly tags?: string;
  readonly pool?: string;
  readonly maxcpu?: number;
  /** Bytes. */
  readonly maxmem?: number;
  /** Share of its processors that is in use, from 0 to 1. */
  readonly cpu?: number;
}

/** `GET /cluster/status`: one entry for the cluster, unless the host stands alone, and one for each host. */
export interface ClusterStatus {
  readonly type: 'cluster' | 'node';
  readonly name: string;
  readonly quorate?: number;
  /** 1 for the host that answered. */
  readonly local?: number;
  readonly ip?: string;
}

/** `GET /nodes`. The figures are missing without `Sys.Audit`. */
export interface NodeRecord {
  readonly node: string;
  readonly status: string;
  readonly maxcpu?: number;
  readonly maxmem?: number;
  readonly mem?: number;
  /** Share of its processors that is in use, from 0 to 1. */
  readonly cpu?: number;
}

/** `GET /nodes/{node}/network`. */
export interface NetworkRecord {
  readonly iface: string;
  /** `bridge` and `OVSBridge` among others. */
  readonly type: string;
  readonly bridge_vlan_aware?: number;
  /** Such as `2-4094`. */
  readonly bridge_vids?: string;
}

/** `GET /nodes/{node}/storage`. */
export interface StorageRecord {
  readonly storage: string;
  readonly content: string;
  readonly shared?: number;
  readonly active?: number;
  readonly enabled?: number;
  readonly avail?: number;
  readonly total?: number;
}

/** `GET /nodes/{node}/storage/{storage}/content`. */
export interface VolumeRecord {
  readonly volid: string;
  readonly content: string;
  readonly size: number;
  readonly vmid?: number;
  /** Seconds since the epoch. */
  readonly ctime?: number;
  /** Of a backup. */
  readonly notes?: string;
  readonly protected?: number | boolean;
}

/** `GET /nodes/{node}/qemu/{vmid}/config`: the options by name, and the digest. */
export type VmConfig = Readonly<Record<string, string | number | undefined>> & {
  readonly digest?: string;
  readonly lock?: string;
  readonly name?: string;
  readonly description?: string;
  readonly tags?: string;
};

/** `GET /nodes/{node}/qemu/{vmid}/status/current`. */
export interface VmStatus {
  readonly status: 'running' | 'stopped';
  /** Whether high availability manages it, and the state that it was asked for. */
  readonly ha?: { readonly managed: number; readonly state?: string };
}

/** `GET /nodes/{node}/tasks`: without `endtime` it runs. */
export interface TaskRecord {
  readonly upid: string;
  readonly node: string;
  readonly type: string;
  readonly id: string;
  readonly starttime: number;
  readonly endtime?: number;
  readonly status?: string;
}

/** `GET /nodes/{node}/tasks/{upid}/status`. */
export interface TaskStatus {
  readonly status: 'running' | 'stopped';
  readonly exitstatus?: string;
}

export interface TaskLogLine {
  readonly n: number;
  readonly t: string;
}
