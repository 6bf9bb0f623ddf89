/** What was seen of the guests of a Proxmox cluster: what the drain of a host is planned from. */

export interface GuestFacts {
  readonly vmid: number;
  readonly kind: 'qemu' | 'lxc';
  readonly host: string;
  readonly name: string | null;
  readonly isRunning: boolean;
  readonly isTemplate: boolean;
  /** `null`: it is not proved to be ours, so that it is never touched. */
  readonly machine: GuestMachine | null;
}

export interface GuestMachine {
  readonly uuid: string;
  readonly clusterUid: string;
  readonly cluster: string;
  /** False while it is being made. */
  readonly isMade: boolean;
}

/** What Proxmox VE says of moving one VM (`GET …/migrate`), and what of its configuration counts for it. */
export interface MoveFacts {
  readonly vmid: number;
  readonly memoryMiB: number;
  readonly cores: number;
  readonly cpuType: string;
  readonly isHaManaged: boolean;
  /** Why it cannot be on a host, by the host's name; hosts that will do are not in it. */
  readonly refusedBy: Readonly<Record<string, string>>;
  /** Disks that only its own host can reach. */
  readonly localDisks: readonly string[];
  /** Media in its drives that only its own host can reach. */
  readonly localMedia: readonly string[];
  /** Devices of the host that are passed through to it, such as `hostpci0`. */
  readonly localResources: readonly string[];
  /** Resources of high availability that would move with it. */
  readonly companions: readonly string[];
}

export interface HostSight {
  readonly hosts: readonly { readonly name: string; readonly online: boolean }[];
  readonly guests: readonly GuestFacts[];
}
