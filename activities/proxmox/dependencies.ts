/** What every activity on Proxmox VE works with. */
import type { VmidRange } from '../../domain/plan.js';
import type { MachineLedger } from '../../store/store.js';
import type { ProxmoxClient } from './client.js';
import type { Limiter } from './limiter.js';

export interface ProxmoxDependencies {
  readonly client: ProxmoxClient;
  readonly ledger: MachineLedger;
  /** Where another VMID is taken from when a stranger has ours. */
  readonly vmidRange: VmidRange;
  /** Storage on which uploaded media are looked for after everything was removed. */
  readonly isoStorage: string;
  readonly limits?: Partial<ProxmoxLimits>;
}

/** How much this process lets go on at once. */
export interface ProxmoxLimits {
  /** Linked clones and removals for each storage: they run inside its lock, which others wait for 10 s at most. */
  readonly allocationsPerStorage: number;
  /** Full clones for each storage: they copy outside its lock. */
  readonly copiesPerStorage: number;
  readonly clonesPerHost: number;
}

export const DEFAULT_LIMITS: ProxmoxLimits = {
  allocationsPerStorage: 2,
  copiesPerStorage: 4,
  clonesPerHost: 4,
};

/** The dependencies with what all activities of a process share. */
export interface ProxmoxContext extends ProxmoxDependencies {
  readonly limits: ProxmoxLimits;
  readonly limiter: Limiter;
}
