/** `platformConfig` of an OKD cluster. */
import * as z from 'zod';
import type { OkdPlatformConfig } from '../../../domain/platform-config.js';
import { bootFileName } from '../text.js';
import { devicePath, entryName, folderUrl } from './text.js';

const DEFAULT_BOOT_FILES = 'scos';
const DEFAULT_DEVICE = '/dev/sda';

/** Where OKD publishes its releases, each with its installer and clients. */
const RELEASES = 'https://github.com/okd-project/okd/releases/download';

export const okdPlatform = z
  .strictObject({
    bootFiles: bootFileName.optional().meta({
      default: DEFAULT_BOOT_FILES,
      description: 'Folder in BOOT_FILES_PATH with kernel, initramfs and root file system',
    }),
    installDevice: devicePath.optional().meta({ default: DEFAULT_DEVICE }),
    toolsUrl: folderUrl.optional().meta({
      description:
        "Folder of openshift-install and oc of this version; by default that of the project's releases",
    }),
    pullSecret: entryName.nullable().optional().meta({
      description: 'An entry of PULL_SECRETS_PATH; null: none is needed',
    }),
  })
  .meta({ id: 'OkdPlatformConfig', description: 'platformConfig of an OKD cluster' });

/** @param version well-formed, such as `4.19.0` */
export function resolveOkd(input: z.infer<typeof okdPlatform>, version: string): OkdPlatformConfig {
  return {
    bootFiles: input.bootFiles ?? DEFAULT_BOOT_FILES,
    installDevice: input.installDevice ?? DEFAULT_DEVICE,
    toolsUrl: input.toolsUrl ?? `${RELEASES}/${version}`,
    pullSecret: input.pullSecret ?? null,
  };
}
