/** How long Proxmox VE waits for its locks, and how often its status daemon reports, in milliseconds. */

export interface ProxmoxTiming {
  /** `lock_config`: updates, resize, start, stop, destroy. */
  readonly configLockMs: number;
  /** Source and target of a clone, and the worker of a create. */
  readonly cloneLockMs: number;
  /** The claim of a VMID before a create is forked. */
  readonly claimLockMs: number;
  /** The lock of a storage around each allocation, linked clone and removal. */
  readonly storageLockMs: number;
  /** What is done under the cluster-wide lock of a shared storage is cut short after this long. */
  readonly sharedStorageWorkMs: number;
  /** pvestatd: how old names and statuses in `/cluster/resources` can be. */
  readonly statusIntervalMs: number;
}

export const PROXMOX_TIMING: ProxmoxTiming = {
  configLockMs: 10_000,
  cloneLockMs: 1_000,
  claimLockMs: 5_000,
  storageLockMs: 10_000,
  sharedStorageWorkMs: 60_000,
  statusIntervalMs: 10_000,
};
