/** Makes a VM with an empty disk, which is filled by what the machine boots from. */
import type { PlannedMachine } from '../../../domain/plan.js';
import type { ProxmoxContext } from '../dependencies.js';
import { storageLimits } from '../storage-limits.js';
import { DISK, hasDisk, newVm } from './new-vm.js';
import type { VmMaker } from './vm-maker.js';

export async function emptyMaker(context: ProxmoxContext, machine: PlannedMachine): Promise<VmMaker> {
  const { client } = context;
  const { host, storage, diskGiB } = machine;
  const limitsOf = await storageLimits(context, host);
  return {
    hosts: [host],
    limits: [limitsOf(storage).allocation],
    prepare: () => Promise.resolve(),
    request: ({ row, identity }, signal) =>
      client.createVm(
        { host, vmid: row.vmid },
        { ...newVm(identity, machine), [DISK]: `${storage}:${diskGiB},discard=on` },
        signal,
      ),
    isComplete: hasDisk,
  };
}
