/** What the simulated cluster keeps in its shared file system beside VMs: firewalls, high availability, its options. */
import type { LabState } from '../state.js';
import type { BackupJob } from './backup-jobs.js';
import type { HaResource, HaRule } from './ha-config.js';
import type { VmFirewall } from './vm-firewall.js';

const STATE_KEY = 'proxmox-datacenter';

export interface DatacenterRecord {
  /** `enable` of the datacenter's own firewall: without it no rule of a VM has any effect. */
  readonly firewallEnabled: boolean;
  /** By VMID. */
  readonly firewalls: Readonly<Record<string, VmFirewall>>;
  /** By resource id, such as `vm:100`. */
  readonly haResources: Readonly<Record<string, HaResource>>;
  /** By name, in the order in which they were made. */
  readonly haRules: Readonly<Record<string, HaRule>>;
  /** Properties of `crs` in datacenter.cfg; empty when it is not set. */
  readonly crs: Readonly<Record<string, string | number>>;
  /** By id, in the order in which they were made. */
  readonly backupJobs: Readonly<Record<string, BackupJob>>;
}

/** As a new Proxmox VE has it, but with its firewall on. */
const FRESH: DatacenterRecord = {
  firewallEnabled: true,
  firewalls: {},
  haResources: {},
  haRules: {},
  crs: {},
  backupJobs: {},
};

export class Datacenter {
  private current: DatacenterRecord;
  private frozen = false;
  private readonly state: LabState;

  constructor(state: LabState) {
    this.state = state;
    this.current = { ...FRESH, ...state.load<Partial<DatacenterRecord>>(STATE_KEY) };
  }

  get record(): DatacenterRecord {
    return this.current;
  }

  change(changes: Partial<DatacenterRecord>): void {
    if (this.frozen) return;
    this.current = { ...this.current, ...changes };
    this.state.save(STATE_KEY, () => this.current);
  }

  /** A clone has the firewall of what it was cloned from. */
  copyVm(from: number, to: number): void {
    const firewall = this.current.firewalls[from];
    if (firewall !== undefined) this.change({ firewalls: { ...this.current.firewalls, [to]: firewall } });
  }

  /** The VM is gone: its firewall's file goes with it. */
  forgetVm(vmid: number): void {
    if (this.current.firewalls[vmid] === undefined) return;
    this.change({ firewalls: without(this.current.firewalls, String(vmid)) });
  }

  /** From here on nothing is kept any more: the simulator was closed. */
  freeze(): void {
    this.frozen = true;
  }
}

export function without<T>(all: Readonly<Record<string, T>>, key: string): Readonly<Record<string, T>> {
  const { [key]: _removed, ...others } = all;
  return others;
}
