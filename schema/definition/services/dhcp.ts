/** `configuration` of a DHCP service. */
import * as z from 'zod';
import { addressRange } from '../network.js';
import { loneMachine } from './machines.js';

/** Of whatever answers DHCP. */
export const dhcpRange = addressRange
  .nullable()
  .optional()
  .meta({
    description:
      "What reservations lie in; null: the whole subnet. It is the network's ipRange where the definition names none",
    examples: ['10.1.107.100-150'],
  });

export const dhcp = z
  .strictObject({ machines: loneMachine.optional(), dhcpRange })
  .meta({ id: 'DhcpConfiguration' });
export type DhcpInput = z.input<typeof dhcp>;
