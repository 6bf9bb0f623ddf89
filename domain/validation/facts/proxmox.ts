/** What Proxmox VE says of a cluster's machines and of the hosts that they are on. */
import type { OfMachine } from '../verdict.js';

export interface ProxmoxFacts {
  readonly proxmoxQuorum: { readonly cluster: string; readonly quorate: boolean };
  /** Those that hold machines of the cluster. */
  readonly hosts: readonly HostFact[];
  readonly vms: readonly VmFact[];
  readonly vmConfigs: readonly OfMachine<VmConfigFact>[];
  readonly storages: readonly StorageFact[];
  readonly backupJobs: readonly BackupJobFact[];
}

export interface HostFact {
  readonly name: string;
  readonly online: boolean;
  /** Shares from 0 to 1; `null` where the token may not see them. */
  readonly cpuShare: number | null;
  readonly memoryShare: number | null;
}

export interface VmFact {
  readonly machine: string;
  readonly vmid: number | null;
  /** `absent`: no guest has its VMID, or the token may not see it. */
  readonly state: 'running' | 'stopped' | 'absent' | 'unknown';
  readonly host: string | null;
  /** Of its own processors, from 0 to 1. */
  readonly cpuShare: number | null;
}

export interface VmConfigFact {
  /** What speaks against the VM being the machine. */
  readonly objections: readonly string[];
  readonly cores: number;
  readonly memoryMiB: number;
  readonly bridge: string | null;
  readonly vlan: number | null;
  readonly mtu: number | null;
  readonly startsWithHost: boolean;
  /** Name of the lock that holds it. */
  readonly lock: string | null;
  readonly storages: readonly string[];
}

export interface StorageFact {
  readonly name: string;
  readonly host: string;
  /** From 0 to 1; `null` where it is not told. */
  readonly usedShare: number | null;
}

/** A job of Proxmox VE that is on, and that has machines of the cluster in it. */
export interface BackupJobFact {
  readonly id: string;
  /** When it begins, in the words of Proxmox VE. */
  readonly schedule: string;
  readonly machines: readonly string[];
}
