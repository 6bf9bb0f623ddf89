/** `platformConfig` of an RKE2 cluster. */
import * as z from 'zod';
import type { Rke2PlatformConfig } from '../../../domain/platform-config.js';
import { registries, resolveRegistries } from './registries.js';
import { chartName, folderUrl } from './text.js';

const DEFAULT_CNI = 'canal';

export const rke2Platform = z
  .strictObject({
    cni: z.enum(['canal', 'cilium', 'calico', 'none']).optional().meta({ default: DEFAULT_CNI }),
    disable: z
      .array(chartName('rke2-'))
      .max(32)
      .optional()
      .meta({ description: 'Packaged charts that are not installed', examples: [['rke2-ingress-nginx']] }),
    registries: registries.nullable().optional(),
    airGapUrl: folderUrl.nullable().optional().meta({
      description: 'Folder that the programme and the images are fetched from, instead of RKE2_INSTALL_URL',
    }),
  })
  .meta({ id: 'Rke2PlatformConfig', description: 'platformConfig of an RKE2 cluster' });

export function resolveRke2(input: z.infer<typeof rke2Platform>): Rke2PlatformConfig {
  return {
    cni: input.cni ?? DEFAULT_CNI,
    disable: input.disable ?? [],
    registries: resolveRegistries(input.registries),
    airGapUrl: input.airGapUrl ?? null,
  };
}
