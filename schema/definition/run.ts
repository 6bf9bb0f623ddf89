/** What the run protects and checks. */
import * as z from 'zod';
import { HEALTH_CHECKS } from '../../domain/cluster-definition.js';
import { DEFAULTS } from './defaults.js';
import { authorizedKeys } from './template.js';

export const security = z
  .strictObject({
    encryptSecretsAtRest: z.boolean().optional().meta({ description: 'true by default, but for OKD' }),
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
