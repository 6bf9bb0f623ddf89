/** How a machine's VM is made: by a clone of a template, or by a create with an imported or an empty disk. */
import type { MachineIdentity } from '../../../domain/machine.js';
import type { PlannedMachine } from '../../../domain/plan.js';
import type { PermitLimit } from '../../../store/store.js';
import type { ProxmoxContext } from '../dependencies.js';
import type { LocatedVm } from '../locate.js';
import type { LedgeredMachine } from '../owned-vm.js';
import { cloneMaker } from './clone.js';
import { emptyMaker } from './empty.js';
import { importMaker } from './import.js';

export interface VmMaker {
  /** Hosts on which tasks may be making it, beside the one that has its configuration. */
  readonly hosts: readonly string[];
  /** What limits how many are made at once. */
  readonly limits: readonly PermitLimit[];
  /** Sees to what the VM is made from. It may take long: no limit is held meanwhile. */
  prepare(): Promise<void>;
  /** Asks for the VM, under the ledger's VMID. @returns the UPID of the task that makes it. */
  request(machine: LedgeredMachine, signal: AbortSignal): Promise<string>;
  /** Whether the VM has all that making it gives it. */
  isComplete(vm: LocatedVm): boolean;
}

/** @throws `TEMPLATE_NOT_FOUND` */
export async function vmMaker(
  context: ProxmoxContext,
  identity: MachineIdentity,
  machine: PlannedMachine,
): Promise<VmMaker> {
  const { source } = machine;
  switch (source.kind) {
    case 'clone':
      return cloneMaker(context, machine, source);
    case 'import':
      return importMaker(context, identity, machine, source.image);
    case 'empty':
      return emptyMaker(context, machine);
  }
}
