/** What every activity on Proxmox VE works with. */
import type { VmidRange } from '../../domain/plan.js';
import type { BootTokens } from '../../store/boot-port.js';
import type { ImageFiles, MachineLedger, OrphanRecords, Permits, SecretVault } from '../../store/store.js';
import type { ProxmoxClient } from './client.js';

export interface ProxmoxDependencies {
  readonly client: ProxmoxClient;
  readonly ledger: MachineLedger;
  readonly images: ImageFiles;
  /** What limits how much goes on at once, over all workers. */
  readonly limiter: Permits;
  /** Where another VMID is taken from when a stranger has ours. */
  readonly vmidRange: VmidRange;
  /** Storage on which uploaded media are looked for after everything was removed. */
  readonly isoStorage: string;
  /** Storage that disk images are downloaded to. */
  readonly importStorage: string;
  /** What machines fetch at their first boot. */
  readonly boots: BootTokens;
  /** What of those is secret and was made elsewhere, such as by an install programme. */
  readonly secrets: SecretVault;
  /** How machines reach the boot service; `null` when it is off. */
  readonly bootUrl: string | null;
  /** Whose what was left behind can be. */
  readonly orphans: OrphanRecords;
  /** How old something has to be before it counts as left behind. */
  readonly orphanGraceMinutes: number;
  readonly limits?: Partial<ProxmoxLimits>;
}

/** How much all workers together let go on at once. */
export interface ProxmoxLimits {
  /** Linked clones and removals for each storage: they run inside its lock, which others wait for 10 s at most. */
  readonly allocationsPerStorage: number;
  /** The same for each storage that hosts share. */
  readonly allocationsPerSharedStorage: number;
  /** Full clones for each storage: they copy outside its lock. */
  readonly copiesPerStorage: number;
  readonly clonesPerHost: number;
}

export const DEFAULT_LIMITS: ProxmoxLimits = {
  allocationsPerStorage: 2,
  allocationsPerSharedStorage: 1,
  copiesPerStorage: 4,
  clonesPerHost: 4,
};

/** The dependencies with all limits. */
export interface ProxmoxContext extends ProxmoxDependencies {
  readonly limits: ProxmoxLimits;
}
