/** `configuration` of a PXE_BOOT service. Whose machine serves is checked by `rules/service-machines.ts`. */
import * as z from 'zod';
import { DEFAULTS } from '../defaults.js';
import { dhcpRange } from './dhcp.js';
import { loneMachine } from './machines.js';

export const pxeBoot = z
  .strictObject({
    machines: loneMachine.nullable().optional().meta({
      description: 'None with a BASTION group, whose machine serves; else a machine of its own',
    }),
    dhcpRange,
    staticAssignments: z.literal([true]).optional().meta({
      default: DEFAULTS.staticAssignments,
      description: 'Only machines of this cluster get addresses, each its own: there is no other way',
    }),
  })
  .meta({ id: 'PxeBootConfiguration' });
export type PxeBootInput = z.input<typeof pxeBoot>;
