/** `platformConfig` of a TALOS cluster. */
import * as z from 'zod';
import type { TalosPlatformConfig } from '../../../domain/platform-config.js';
import { devicePath, imageRepository } from './text.js';

const DEFAULT_INSTALLER = 'ghcr.io/siderolabs/installer';
const DEFAULT_DISK = '/dev/sda';
const DEFAULT_CNI = 'flannel';

export const talosPlatform = z
  .strictObject({
    installerImage: imageRepository.optional().meta({
      default: DEFAULT_INSTALLER,
      description: 'Without a tag: it is the version of the cluster',
    }),
    installDisk: devicePath.optional().meta({ default: DEFAULT_DISK }),
    cni: z.enum(['flannel', 'none']).optional().meta({ default: DEFAULT_CNI }),
    patches: z
      .array(z.record(z.string(), z.unknown()))
      .max(32)
      .optional()
      .meta({
        description: 'Strategic merge patches of the machine configuration, in this order',
        examples: [[{ machine: { sysctls: { 'vm.max_map_count': '262144' } } }]],
      }),
  })
  .meta({ id: 'TalosPlatformConfig', description: 'platformConfig of a TALOS cluster' });

export function resolveTalos(input: z.infer<typeof talosPlatform>): TalosPlatformConfig {
  return {
    installerImage: input.installerImage ?? DEFAULT_INSTALLER,
    installDisk: input.installDisk ?? DEFAULT_DISK,
    cni: input.cni ?? DEFAULT_CNI,
    patches: input.patches ?? [],
  };
}
