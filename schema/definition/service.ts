/** Supporting services, and what the run checks and protects. */
import * as z from 'zod';
import { HEALTH_CHECKS, SERVICE_TYPES } from '../../domain/cluster-definition.js';
import { DEFAULTS } from './defaults.js';
import { authorizedKeys } from './template.js';
import { dnsLabel, text } from './text.js';

export const MAX_STARTUP_ORDER = 1000;

export const service = z
  .strictObject({
    name: dnsLabel(63).meta({ examples: ['load-balancer'] }),
    type: z.enum(SERVICE_TYPES),
    configuration: z.record(z.string(), z.unknown()).optional(),
    dependsOn: z.array(text(63)).max(50).optional().meta({ description: 'Names of other services' }),
    required: z.boolean().optional().meta({ default: DEFAULTS.required }),
    startupOrder: z.int().min(1).max(MAX_STARTUP_ORDER).optional().meta({
      description: 'By default the position in the list, and after all that the service depends on',
    }),
  })
  .meta({ id: 'Service' });

export const security = z
  .strictObject({
    encryptSecretsAtRest: z.boolean().optional().meta({ description: 'true by default for K3S' }),
    sshAuthorizedKeys: authorizedKeys.optional(),
  })
  .meta({ id: 'Security' });

export const validation = z
  .strictObject({
    waitForCluster: z.boolean().optional().meta({ default: DEFAULTS.waitForCluster }),
    timeoutMinutes: z.int().min(1).max(1440).optional().meta({
      description: 'Past it the run says why it still waits; it does not fail',
      default: DEFAULTS.timeoutMinutes,
    }),
    healthChecks: z.array(z.enum(HEALTH_CHECKS)).max(HEALTH_CHECKS.length).optional(),
  })
  .meta({ id: 'Validation' });
