/** The flag that keeps a VM from being removed: a clone inherits it of its template, and control planes get it of us. */
import { Context } from '@temporalio/activity';
import { fail } from '../../domain/errors.js';
import type { PlannedMachine } from '../../domain/plan.js';
import type { ConfigChange, ProxmoxClient } from './client.js';
import type { ProxmoxContext } from './dependencies.js';
import { readVm, type LocatedVm } from './locate.js';
import type { LedgeredMachine } from './owned-vm.js';
import { runTask } from './tasks.js';

/**
 * Takes the protection off a VM that is not configured yet. On one that is, it is a person's wish and stays.
 * The VM has to be proved to be ours. @returns the VM as it is then.
 */
export async function withoutInheritedProtection(
  client: ProxmoxClient,
  vm: LocatedVm,
  { row }: LedgeredMachine,
): Promise<LocatedVm> {
  return row.state === 'done' ? vm : unprotected(client, vm);
}

/**
 * For the removal alone: takes off what we set, and what was inherited. A person's protection stays, and with it the
 * VM. It has to be proved to be ours. @returns the VM as it is then.
 */
export async function withoutOwnProtection(
  client: ProxmoxClient,
  vm: LocatedVm,
  machine: LedgeredMachine,
): Promise<LocatedVm> {
  return machine.row.protected === 1
    ? unprotected(client, vm)
    : withoutInheritedProtection(client, vm, machine);
}

/**
 * Protects a control plane's VM against a removal by hand, once. The VM has to be proved to be ours.
 * @throws `STEP_NOT_VERIFIED`
 */
export async function protectControlPlane(
  { client, ledger }: ProxmoxContext,
  vm: LocatedVm,
  { row }: LedgeredMachine,
  { role }: PlannedMachine,
): Promise<void> {
  if (role !== 'CONTROL_PLANE' || row.state === 'done') return;
  // Before it is done: whoever removes the VM has to know whose protection it is.
  await ledger.update(row.uuid, { protected: 1 });
  if (isProtected(vm)) return;
  if (!isProtected(await changed(client, vm, { protection: 1 }))) {
    throw fail('STEP_NOT_VERIFIED', `VM ${vm.address.vmid} is not protected`);
  }
}

async function unprotected(client: ProxmoxClient, vm: LocatedVm): Promise<LocatedVm> {
  return isProtected(vm) ? changed(client, vm, { delete: 'protection' }) : vm;
}

async function changed(client: ProxmoxClient, vm: LocatedVm, options: ConfigChange): Promise<LocatedVm> {
  const { digest } = vm.config;
  const change = { ...options, ...(digest === undefined ? {} : { digest }) };
  const signal = Context.current().cancellationSignal;
  await runTask(client, vm.address, 'qmconfig', () => client.changeConfig(vm.address, change, signal));
  return readVm(client, vm.address);
}

function isProtected({ config }: LocatedVm): boolean {
  return Number(config['protection'] ?? 0) === 1;
}
