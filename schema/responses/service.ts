/** The shape of what the service says about itself. */
import * as z from 'zod';
import { BOOT_METHODS, CLUSTER_TYPES } from '../../domain/cluster-definition.js';

export const platformList = z
  .object({
    items: z.array(
      z.object({
        type: z.enum(CLUSTER_TYPES),
        bootMethods: z.array(z.enum(BOOT_METHODS)),
      }),
    ),
  })
  .meta({ id: 'PlatformList', description: 'The distributions that can be provisioned' });
export type PlatformListView = z.infer<typeof platformList>;

export const health = z.object({ status: z.literal('ok') }).meta({ id: 'Health' });
