/** `platformConfig` of a K3S cluster. */
import * as z from 'zod';
import type { K3sPlatformConfig } from '../../../domain/platform-config.js';
import { DEFAULTS } from '../defaults.js';
import { registries, resolveRegistries } from './registries.js';
import { entryName, folderUrl } from './text.js';

/** Components that K3s packages and can leave out (https://docs.k3s.io/installation/packaged-components). */
const COMPONENTS = ['coredns', 'local-storage', 'metrics-server', 'servicelb', 'traefik'] as const;

const FLANNEL_BACKENDS = ['vxlan', 'host-gw', 'wireguard-native', 'none'] as const;

export const k3sPlatform = z
  .strictObject({
    disable: z.array(z.enum(COMPONENTS)).max(COMPONENTS.length).optional(),
    flannelBackend: z.enum(FLANNEL_BACKENDS).optional().meta({ default: DEFAULTS.flannelBackend }),
    registries: registries.nullable().optional(),
    airGapUrl: folderUrl.nullable().optional().meta({
      description: 'Folder that the binary and the images are fetched from, instead of K3S_INSTALL_URL',
    }),
    datastore: entryName.nullable().optional().meta({
      description: 'An entry of DATASTORES_PATH; null keeps etcd, or SQLite on a lone server',
    }),
  })
  .meta({ id: 'K3sPlatformConfig', description: 'platformConfig of a K3S cluster' });

export function resolveK3s(input: z.infer<typeof k3sPlatform>): K3sPlatformConfig {
  return {
    disable: input.disable ?? [],
    flannelBackend: input.flannelBackend ?? DEFAULTS.flannelBackend,
    registries: resolveRegistries(input.registries),
    airGapUrl: input.airGapUrl ?? null,
    datastore: input.datastore ?? null,
  };
}
