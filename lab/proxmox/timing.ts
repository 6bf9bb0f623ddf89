/** How long Proxmox VE waits for its locks, and how often its status daemon reports, in milliseconds. */
import type { Latency } from '../latency.js';

export interface ProxmoxTiming {
  /** `lock_config`: updates, resize, start, stop, destroy. */
  readonly configLockMs: number;
  /** Source and target of a clone, and the worker of a create. */
  readonly cloneLockMs: number;
  /** The claim of a VMID before a create is forked. */
  readonly claimLockMs: number;
  /** The lock of a storage around each allocation, linked clone and removal. */
  readonly storageLockMs: number;
  /** The cluster-wide lock of a shared storage is not queued for: everybody tries again after this long. */
  readonly sharedStoragePollMs: number;
  /** What is done under the cluster-wide lock of a shared storage is cut short after this long. */
  readonly sharedStorageWorkMs: number;
  /** pvestatd: how old names and statuses in `/cluster/resources` can be; 0 is never. */
  readonly statusIntervalMs: number;
  /** How often high availability looks by itself whether all is as it should be. */
  readonly haIntervalMs: number;
}

const REAL: Omit<ProxmoxTiming, 'statusIntervalMs'> = {
  configLockMs: 10_000,
  cloneLockMs: 1_000,
  claimLockMs: 5_000,
  storageLockMs: 10_000,
  sharedStoragePollMs: 1_000,
  sharedStorageWorkMs: 60_000,
  haIntervalMs: 10_000,
};

/** The machine that runs the lab does not get faster with it: a shorter wait would fail for want of processor time. */
const SHORTEST_WAIT_MS = 250;

/** The waits of a lab at that speed. Where nothing takes any time, locks wait as long as real ones. */
export function timingOf(latency: Latency): ProxmoxTiming {
  const factor = latency.speed === 0 ? 1 : latency.speed;
  const wait = (ms: number): number => Math.max(Math.min(ms, SHORTEST_WAIT_MS), ms * factor);
  return {
    configLockMs: wait(REAL.configLockMs),
    cloneLockMs: wait(REAL.cloneLockMs),
    claimLockMs: wait(REAL.claimLockMs),
    storageLockMs: wait(REAL.storageLockMs),
    sharedStoragePollMs: Math.max(1, REAL.sharedStoragePollMs * latency.speed),
    sharedStorageWorkMs: wait(REAL.sharedStorageWorkMs),
    statusIntervalMs: latency.duration('proxmox.stat'),
    haIntervalMs: Math.max(SHORTEST_WAIT_MS, REAL.haIntervalMs * latency.speed),
  };
}
