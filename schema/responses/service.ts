/** The shape of what the service says about itself. */
import * as z from 'zod';

export const health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });
