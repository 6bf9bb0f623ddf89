/** Turns a VM into the machine: identity, size, network, and what it boots from. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import { ownershipObjections, type MachineIdentity } from '../../domain/machine.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { upcastMachine } from '../../domain/upcast.js';
import { bootDriver } from '../boot/hybrid/driver.js';
import type { VmAddress } from './client.js';
import { requireUnlocked } from './config-lock.js';
import type { ProxmoxContext } from './dependencies.js';
import { configDifference, desiredConfig, remainingDifferences } from './desired-config.js';
import { bootDisk } from './drives.js';
import { readVm, type LocatedVm } from './locate.js';
import { ledgeredMachine, ownedVm, requireOurs, type LedgeredMachine } from './owned-vm.js';
import { recordOwnDisks } from './own-disks.js';
import { protectControlPlane, withoutInheritedProtection } from './protection.js';
import { runTask } from './tasks.js';

export interface ConfigureRequest {
  readonly identity: MachineIdentity;
  readonly machine: PlannedMachine;
}

/** Changes only what differs, and only the configuration that was looked at (`digest`). */
export async function configureVm(context: ProxmoxContext, request: ConfigureRequest): Promise<void> {
  const { client, ledger } = context;
  const signal = Context.current().cancellationSignal;
  const machine = await ledgeredMachine(context, request.identity);
  const { identity, row } = machine;
  let vm = await ownedVm(context, machine);
  await requireUnlocked(client, vm);
  vm = await readVm(client, vm.address);
  requireOurs(vm, machine);
  // First by itself: while it is on, no drive can be taken off.
  vm = await withoutInheritedProtection(client, vm, machine);

  const planned = upcastMachine(request.machine);
  const boot = await bootDriver.configure(context, { vm, machine, planned });
  const desired = desiredConfig(identity, planned, boot);
  const change = configDifference(vm.config, desired);
  if (Object.keys(change).length > 0) {
    const { digest } = vm.config;
    const compared = { ...change, ...(digest === undefined ? {} : { digest }) };
    await runTask(client, vm.address, 'qmconfig', () => client.changeConfig(vm.address, compared, signal));
  }
  await growDisk(context, machine, vm.address, request.machine.diskGiB);

  vm = await readVm(client, vm.address);
  const problems = [
    ...ownershipObjections(vm.observed, identity),
    ...remainingDifferences(vm.config, desired),
    ...diskProblems(vm, request.machine.diskGiB),
  ];
  if (problems.length > 0) throw fail('STEP_NOT_VERIFIED', `VM ${identity.vmid}: ${problems.join('; ')}`);
  await recordOwnDisks(context, machine, vm);
  await protectControlPlane(context, vm, machine, planned);
  await ledger.update(row.uuid, { state: 'done', host: vm.address.host, upid: null });
}

/** Sizes are absolute, so that asking again changes nothing. */
async function growDisk(
  { client }: ProxmoxContext,
  machine: LedgeredMachine,
  address: VmAddress,
  diskGiB: number,
): Promise<void> {
  const vm = await readVm(client, address);
  requireOurs(vm, machine);
  const disk = bootDisk(vm.config);
  if (disk === undefined || disk.sizeGiB === diskGiB) return;
  const resize = { slot: disk.slot, sizeGiB: diskGiB, digest: vm.config.digest };
  const signal = Context.current().cancellationSignal;
  await runTask(client, address, 'resize', () => client.resizeDisk(address, resize, signal));
}

function diskProblems(vm: LocatedVm, diskGiB: number): string[] {
  const disk = bootDisk(vm.config);
  if (disk === undefined) return ['it has no disk'];
  return disk.sizeGiB === diskGiB
    ? []
    : [`${disk.slot} has ${disk.sizeGiB ?? 'an unknown number of'} GiB, not ${diskGiB}`];
}
