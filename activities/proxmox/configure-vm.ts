/** Turns a clone into the machine: identity, size, network, medium. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import { ownershipObjections, type MachineIdentity } from '../../domain/machine.js';
import type { PlannedMachine } from '../../domain/plan.js';
import { requireUnlocked } from './config-lock.js';
import type { ProxmoxContext } from './dependencies.js';
import { configDifference, desiredConfig, type DesiredConfig } from './desired-config.js';
import { bootDisk, cdromSlot } from './drives.js';
import { readVm, type LocatedVm } from './locate.js';
import { ledgeredMachine, ownedVm, requireOurs } from './owned-vm.js';
import { withoutInheritedProtection } from './protection.js';
import { waitForTask } from './tasks.js';

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

  const desired = desiredConfig(identity, request.machine, seedOf(vm, row.seedVolume, row.state === 'done'));
  const change = configDifference(vm.config, desired);
  if (Object.keys(change).length > 0) {
    const { digest } = vm.config;
    const upid = await client.changeConfig(
      vm.address,
      { ...change, ...(digest === undefined ? {} : { digest }) },
      signal,
    );
    await waitForTask(client, upid);
  }
  await growDisk(context, vm, request.machine.diskGiB);

  vm = await readVm(client, vm.address);
  const problems = [
    ...ownershipObjections(vm.observed, identity),
    ...remaining(vm, desired),
    ...diskProblems(vm, request.machine.diskGiB),
  ];
  if (problems.length > 0) throw fail('STEP_NOT_VERIFIED', `VM ${identity.vmid}: ${problems.join('; ')}`);
  await ledger.update(row.uuid, { state: 'done', host: vm.address.host, upid: null });
}

function seedOf(vm: LocatedVm, volume: string | null, isConfigured: boolean) {
  if (volume === null) {
    if (isConfigured) return null;
    throw fail('STEP_NOT_VERIFIED', `no cloud-init medium was uploaded for VM ${vm.address.vmid}`);
  }
  const slot = cdromSlot(vm.config, volume);
  if (slot === undefined)
    throw fail('PROXMOX_REJECTED', `VM ${vm.address.vmid} has no room for a CD-ROM drive`);
  return { slot, volume };
}

/** Sizes are absolute, so that asking again changes nothing. */
async function growDisk({ client }: ProxmoxContext, vm: LocatedVm, diskGiB: number): Promise<void> {
  const disk = bootDisk(vm.config);
  if (disk === undefined || disk.sizeGiB === diskGiB) return;
  const upid = await client.resizeDisk(vm.address, disk.slot, diskGiB, Context.current().cancellationSignal);
  await waitForTask(client, upid);
}

function remaining(vm: LocatedVm, desired: DesiredConfig): string[] {
  return Object.entries(configDifference(vm.config, desired)).map(([option, value]) =>
    option === 'delete'
      ? `${value} is still there`
      : `${option} is "${vm.config[option] ?? ''}", not "${value}"`,
  );
}

function diskProblems(vm: LocatedVm, diskGiB: number): string[] {
  const disk = bootDisk(vm.config);
  if (disk === undefined) return ['it has no disk'];
  return disk.sizeGiB === diskGiB
    ? []
    : [`${disk.slot} has ${disk.sizeGiB ?? 'an unknown number of'} GiB, not ${diskGiB}`];
}
