/** The requests about the health of clusters. */
import * as z from 'zod';
import {
  DEFAULT_HEALTH_POLICY as DEFAULTS,
  HEAL_LIMITS,
  type HealthPolicy,
} from '../domain/health/policy.js';
import { type Parsed, parseWith } from './parsed.js';

const seconds = (least: number, most: number, what: string, by: number) =>
  z.int().min(least).max(most).default(by).meta({ description: what });

export const healthPolicyRequest = z
  .strictObject({
    enabled: z.boolean().default(DEFAULTS.enabled).meta({ description: 'false: nobody looks' }),
    intervalSeconds: seconds(10, 3_600, 'How often its machines are looked at', DEFAULTS.intervalSeconds),
    limit: z.enum(HEAL_LIMITS).default(DEFAULTS.limit).meta({
      description:
        'The most that is done without a person. OBSERVE: nothing; RESTART: machines are started and restarted; REPLACE: and replaced where that does not help',
    }),
    unhealthySeconds: seconds(
      30,
      86_400,
      'How long a machine has to be seen unwell, without a gap, before anything is done',
      DEFAULTS.unhealthySeconds,
    ),
    maxUnhealthyPercent: z.int().min(0).max(100).default(DEFAULTS.maxUnhealthyPercent).meta({
      description:
        'With more of a group unwell at once nothing is done to the group; one machine alone is never too many',
    }),
    maxActionsPerHour: z.int().min(1).max(100).default(DEFAULTS.maxActionsPerHour).meta({
      description: 'Of the cluster',
    }),
    maxActionsPerHostPerHour: z.int().min(1).max(100).default(DEFAULTS.maxActionsPerHostPerHour).meta({
      description: 'On machines of all clusters that are on one Proxmox host',
    }),
    readySeconds: seconds(60, 7_200, 'How long a machine may take until it is Ready', DEFAULTS.readySeconds),
    pausedUntil: z.iso.datetime().nullable().default(null).meta({
      description: 'Until then it is looked, and nothing is done',
    }),
  })
  .meta({ id: 'HealthPolicyRequest' });

export const healthCheckRequest = z
  .strictObject({
    dryRun: z.boolean().default(false).meta({ description: 'Only says what would be done' }),
  })
  .meta({ id: 'HealthCheckRequest' });

/** @param body what `JSON.parse` returned. */
export function parseHealthPolicy(body: unknown): Parsed<HealthPolicy> {
  return parseWith(healthPolicyRequest, body);
}

/** @param body what `JSON.parse` returned; `undefined` where there was none. */
export function parseHealthCheck(body: unknown): Parsed<{ readonly dryRun: boolean }> {
  return parseWith(healthCheckRequest, body ?? {});
}
