/** What the simulated cluster remembers: VMs, volumes and tasks, as plain JSON. */
import type { VolumeContent } from './lab-inventory.js';

export type Options = Readonly<Record<string, string>>;

export interface VmRecord {
  readonly vmid: number;
  /** Host whose folder holds the configuration. */
  readonly node: string;
  /** The options as the configuration file has them, all as text. */
  readonly config: Options;
  /** Changes that wait for the VM to be powered off. */
  readonly pending: Options;
  readonly pendingDelete: readonly string[];
  readonly pool: string | null;
  /** Milliseconds since the epoch; `null` while it is powered off. */
  readonly startedAt: number | null;
}

export interface VolumeRecord {
  readonly storage: string;
  /** `null` on a shared storage. */
  readonly node: string | null;
  /** What follows the storage and the colon: `vm-100-disk-0`, `base-9001-disk-0/vm-100-disk-0`, `iso/seed.iso`. */
  readonly name: string;
  readonly content: VolumeContent;
  readonly format: string;
  readonly vmid: number | null;
  readonly sizeBytes: number;
  /** Seconds since the epoch. */
  readonly ctime: number;
  /** Name of the base volume that this one is a linked clone of. */
  readonly parent: string | null;
  /** Unique for ever: identity of the disk, and key of the kept bytes of an uploaded file. */
  readonly id: string;
  /** Template, or imported file, that the data on it came from; empty for a blank disk, and for an uploaded file. */
  readonly image: string;
  /** Of a backup. */
  readonly notes?: string;
  /** Of a backup that nobody removes before this is taken off. */
  readonly protected?: boolean;
}

export interface TaskRecord {
  readonly upid: string;
  readonly node: string;
  readonly pid: number;
  readonly pstart: number;
  /** Seconds since the epoch. */
  readonly starttime: number;
  readonly type: string;
  readonly id: string;
  /** `user@realm!token` of whoever asked. */
  readonly user: string;
  readonly endtime: number | null;
  /** `OK`, `WARNINGS: n`, an error text or `unexpected status`; `null` while it runs. */
  readonly exitstatus: string | null;
  readonly log: readonly string[];
}
