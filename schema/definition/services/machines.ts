/** The VMs that a service runs on. */
import * as z from 'zod';
import { DEFAULTS } from '../defaults.js';
import { imageChecksum, imageSource, proxmoxHost, proxmoxStorage } from '../text.js';

const fields = {
  imageSource: imageSource.nullable().optional().meta({
    description: "As of a node group's template; null takes SERVICE_IMAGE",
  }),
  imageChecksum: imageChecksum.nullable().optional(),
  cores: z.int().min(1).max(128).optional().meta({ default: DEFAULTS.serviceCores }),
  memoryMiB: z.int().min(512).max(4_194_304).optional().meta({ default: DEFAULTS.serviceMemoryMiB }),
  diskGiB: z.int().min(1).max(65_536).optional().meta({ default: DEFAULTS.serviceDiskGiB }),
  storage: proxmoxStorage.nullable().optional().meta({
    description: "null: the template's own, or MACHINE_STORAGE where there is none",
  }),
  targetNodes: z.array(proxmoxHost).max(64).optional().meta({
    description: 'Only these hosts; all when empty',
  }),
};

export const loneMachine = z
  .strictObject({ count: z.literal([1]).optional().meta({ default: 1 }), ...fields })
  .meta({ id: 'ServiceMachine', description: 'The machine of a service' });

export const machinePair = z
  .strictObject({
    count: z
      .literal([1, 2])
      .optional()
      .meta({ default: 1, description: 'Two keep a virtual address between them' }),
    ...fields,
  })
  .meta({ id: 'ServiceMachines', description: 'The machines of a service' });
export type MachinesInput = z.input<typeof machinePair>;
