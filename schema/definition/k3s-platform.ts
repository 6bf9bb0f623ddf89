/** `platformConfig` of a K3S cluster. */
import * as z from 'zod';
import { DEFAULTS } from './defaults.js';

/** Components that K3s packages and can leave out (https://docs.k3s.io/installation/packaged-components). */
export const K3S_COMPONENTS = ['coredns', 'local-storage', 'metrics-server', 'servicelb', 'traefik'] as const;

export const K3S_FLANNEL_BACKENDS = ['vxlan', 'host-gw', 'wireguard-native', 'none'] as const;

export const k3sPlatform = z
  .strictObject({
    disable: z.array(z.enum(K3S_COMPONENTS)).max(K3S_COMPONENTS.length).optional(),
    flannelBackend: z.enum(K3S_FLANNEL_BACKENDS).optional().meta({ default: DEFAULTS.flannelBackend }),
  })
  .meta({ id: 'K3sPlatformConfig', description: 'platformConfig of a K3S cluster' });
export type K3sPlatformInput = z.input<typeof k3sPlatform>;
