/** The shape of an address on which a stranger answered. */
import * as z from 'zod';

export const addressConflict = z
  .object({
    address: z.string().meta({ examples: ['10.1.107.120'] }),
    reason: z.string().meta({ description: 'How the stranger was noticed' }),
    foundAt: z.iso.datetime(),
    lastSeenAt: z.iso.datetime(),
  })
  .meta({ id: 'AddressConflict', description: 'An address that machines are not given' });

export const addressConflictList = z
  .object({ items: z.array(addressConflict) })
  .meta({ id: 'AddressConflictList' });
