/** Supporting services: each with the configuration of its type. */
import * as z from 'zod';
import type { ServiceType } from '../../domain/cluster-definition.js';
import { DEFAULTS } from './defaults.js';
import { dhcp } from './services/dhcp.js';
import { dns } from './services/dns.js';
import { loadBalancer } from './services/load-balancer.js';
import { monitoring } from './services/monitoring.js';
import { pxeBoot } from './services/pxe-boot.js';
import { storage } from './services/storage.js';
import { dnsLabel, text } from './text.js';

export const MAX_STARTUP_ORDER = 1000;

function serviceOf<T extends ServiceType, Configuration extends z.ZodType>(
  id: string,
  type: T,
  configuration: Configuration,
) {
  return z
    .strictObject({
      name: dnsLabel(63).meta({ examples: ['load-balancer'] }),
      type: z.literal(type),
      configuration: configuration.optional(),
      dependsOn: z.array(text(63)).max(50).optional().meta({ description: 'Names of other services' }),
      required: z.boolean().optional().meta({
        default: DEFAULTS.required,
        description: 'false: the cluster becomes READY without it, with a warning',
      }),
      startupOrder: z
        .int()
        .min(1)
        .max(MAX_STARTUP_ORDER)
        .optional()
        .meta({
          description:
            'Services of one number start at once. By default 1 for DNS and DHCP, 2 for LOAD_BALANCER, 3 for PXE_BOOT, 4 for ' +
            'the others, and after all that the service depends on',
        }),
    })
    .meta({ id });
}

export const service = z.discriminatedUnion('type', [
  serviceOf('LoadBalancerService', 'LOAD_BALANCER', loadBalancer),
  serviceOf('DnsService', 'DNS', dns),
  serviceOf('DhcpService', 'DHCP', dhcp),
  serviceOf('StorageService', 'STORAGE', storage),
  serviceOf('MonitoringService', 'MONITORING', monitoring),
  serviceOf('PxeBootService', 'PXE_BOOT', pxeBoot),
]);
