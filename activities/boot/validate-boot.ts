/** Looks whether a machine would boot as planned, before it is switched on. */
import { fail } from '../../domain/errors.js';
import type { ProxmoxContext } from '../proxmox/dependencies.js';
import { desiredConfig, remainingDifferences } from '../proxmox/desired-config.js';
import { ledgeredMachine, ownedVm } from '../proxmox/owned-vm.js';
import type { BootRequest } from './driver.js';
import { bootDriver } from './hybrid/driver.js';

/** Changes nothing. @throws `BOOT_NOT_READY` with all that is wrong. */
export async function validateBoot(context: ProxmoxContext, request: BootRequest): Promise<void> {
  const machine = await ledgeredMachine(context, request.identity);
  const vm = await ownedVm(context, machine);
  const options = await bootDriver.configure(context, { vm, machine, planned: request.machine });
  const problems = [
    ...(machine.row.state === 'done' ? [] : ['it is not configured yet']),
    ...remainingDifferences(vm.config, desiredConfig(machine.identity, request.machine, options)),
    ...(await bootDriver.validate(context, request)),
  ];
  if (problems.length > 0) throw fail('BOOT_NOT_READY', `VM ${vm.address.vmid}: ${problems.join('; ')}`);
}
