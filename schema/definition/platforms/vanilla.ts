/** `platformConfig` of a VANILLA cluster. */
import * as z from 'zod';
import type { VanillaPlatformConfig } from '../../../domain/platform-config.js';
import { registries, resolveRegistries } from './registries.js';
import { imageRepository } from './text.js';

const DEFAULT_CNI = 'FLANNEL';

/** Where Kubernetes publishes its images, and what kubeadm takes by itself. */
const DEFAULT_IMAGE_REPOSITORY = 'registry.k8s.io';

export const vanillaPlatform = z
  .strictObject({
    cni: z.enum(['CILIUM', 'CALICO', 'FLANNEL']).optional().meta({ default: DEFAULT_CNI }),
    imageRepository: imageRepository.optional().meta({ default: DEFAULT_IMAGE_REPOSITORY }),
    registries: registries.nullable().optional(),
  })
  .meta({ id: 'VanillaPlatformConfig', description: 'platformConfig of a VANILLA cluster' });

export function resolveVanilla(input: z.infer<typeof vanillaPlatform>): VanillaPlatformConfig {
  return {
    cni: input.cni ?? DEFAULT_CNI,
    imageRepository: input.imageRepository ?? DEFAULT_IMAGE_REPOSITORY,
    registries: resolveRegistries(input.registries),
  };
}
