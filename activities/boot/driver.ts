/** What each boot method does, by the same four verbs. */
import type { MachineIdentity } from '../../domain/machine.js';
import type { PlannedMachine } from '../../domain/plan.js';
import type { DesiredConfig } from '../proxmox/desired-config.js';
import type { ProxmoxContext } from '../proxmox/dependencies.js';
import type { LocatedVm } from '../proxmox/locate.js';
import type { LedgeredMachine } from '../proxmox/owned-vm.js';

/** Who may log in to the machine, and what it does at its first boot. */
export interface BootLogin {
  readonly user: string;
  readonly sshAuthorizedKeys: readonly string[];
  readonly packages: readonly string[];
  readonly runCmd: readonly string[];
  /** Exported before the first line of `runCmd`. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface BootRequest {
  readonly identity: MachineIdentity;
  /** Its network has the address that was leased. */
  readonly machine: PlannedMachine;
  readonly login: BootLogin;
}

export interface CleanUpBootRequest {
  readonly identity: MachineIdentity;
  readonly machine: PlannedMachine;
}

/** A VM that is proved to be ours, and what it is to become. */
export interface BootTarget {
  readonly vm: LocatedVm;
  readonly machine: LedgeredMachine;
  readonly planned: PlannedMachine;
}

/** All of them may be run at any moment and any number of times. */
export interface BootMethodDriver {
  /**
   * Puts what the machine needs for its first boot where it will find it. The VM need not be there yet.
   * @throws `BOOT_SERVICE_OFF`, `BOOT_DOCUMENT_INVALID`, `BOOT_CONFLICT`
   */
  prepare(context: ProxmoxContext, request: BootRequest): Promise<void>;
  /**
   * The options of the VM that make it boot so: boot order, media, SMBIOS. After {@link cleanUp} there are none.
   * @throws `STEP_NOT_VERIFIED` when it was not prepared, `PROXMOX_REJECTED` when there is no room for a medium.
   */
  configure(context: ProxmoxContext, target: BootTarget): Promise<DesiredConfig>;
  /** One line for each thing without which the machine would not boot, apart from the options of the VM. */
  validate(context: ProxmoxContext, request: BootRequest): Promise<string[]>;
  /**
   * Takes away all that only the first boot needed, and sees that it is gone.
   * @throws `VM_LOCKED`, `STEP_NOT_VERIFIED`, `RESIDUE_LEFT`
   */
  cleanUp(context: ProxmoxContext, request: CleanUpBootRequest): Promise<void>;
}
