/** Makes a VM whose disk is imported from an image file: no template is needed. */
import type { MachineIdentity } from '../../../domain/machine.js';
import type { PlannedImage, PlannedMachine } from '../../../domain/plan.js';
import type { ProxmoxContext } from '../dependencies.js';
import { ensureImage } from '../images/ensure-image.js';
import { storageLimits } from '../storage-limits.js';
import { DISK, hasDisk, newVm } from './new-vm.js';
import type { VmMaker } from './vm-maker.js';

export async function importMaker(
  context: ProxmoxContext,
  { clusterUid }: MachineIdentity,
  machine: PlannedMachine,
  image: PlannedImage,
): Promise<VmMaker> {
  const { client, limits } = context;
  const { host, storage } = machine;
  const limitsOf = await storageLimits(context, host);
  return {
    hosts: [host],
    // The bulk of the data is copied outside the storage's lock.
    limits: [limitsOf(storage).copy, { key: `clones@${host}`, most: limits.clonesPerHost }],
    // It was seen to before; a file that went since comes back here.
    prepare: async () => {
      await ensureImage(context, { clusterUid, image, host });
    },
    request: ({ row, identity }, signal) =>
      client.createVm(
        { host, vmid: row.vmid },
        {
          ...newVm(identity, machine),
          // Cloud images speak on their serial console.
          vga: 'serial0',
          // It gets the size of the image, and is grown when the machine is configured.
          [DISK]: `${storage}:0,import-from=${image.volume},discard=on`,
        },
        signal,
      ),
    isComplete: hasDisk,
  };
}
