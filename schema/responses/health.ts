/** The shapes of the health of clusters. */
import * as z from 'zod';
import { HEAL_ACTIONS, HEALTH_OUTCOMES, HELD_BY } from '../../domain/health/decision.js';
import { DIAGNOSES } from '../../domain/health/diagnosis.js';
import { HEAL_LIMITS } from '../../domain/health/policy.js';

export const healthPolicy = z
  .object({
    enabled: z.boolean(),
    intervalSeconds: z.int(),
    limit: z.enum(HEAL_LIMITS),
    unhealthySeconds: z.int(),
    maxUnhealthyPercent: z.int(),
    maxActionsPerHour: z.int(),
    maxActionsPerHostPerHour: z.int(),
    readySeconds: z.int(),
    pausedUntil: z.iso.datetime().nullable(),
    updatedAt: z.iso.datetime().nullable().meta({ description: '`null`: nobody has set it' }),
  })
  .meta({ id: 'HealthPolicy' });

const decision = z.object({
  outcome: z.enum(HEALTH_OUTCOMES).meta({
    description: 'WATCHING: something is unwell, and nothing is done about it now; each finding says why',
  }),
  summary: z.string(),
  findings: z.array(
    z.object({
      subject: z.string().meta({ description: 'A machine, or a group that lacks one' }),
      group: z.string(),
      host: z.string().nullable(),
      diagnosis: z.enum([...DIAGNOSES, 'MACHINE_MISSING']),
      why: z.string(),
      evidence: z.array(z.string()),
      since: z.iso.datetime(),
      action: z.enum(HEAL_ACTIONS).nullable(),
      heldBy: z.enum(HELD_BY).nullable().meta({ description: '`null`: it is acted upon now' }),
      reason: z.string(),
    }),
  ),
  heal: z
    .object({
      action: z.enum(HEAL_ACTIONS),
      machine: z.string().nullable(),
      group: z.string(),
      host: z.string().nullable(),
      reasons: z.array(z.string()),
    })
    .nullable(),
  budgets: z.object({
    actionsThisHour: z.int(),
    maxActionsPerHour: z.int(),
    groups: z.array(z.object({ group: z.string(), machines: z.int(), unhealthy: z.int(), most: z.int() })),
  }),
  unseen: z.array(z.string()).meta({ description: 'What could not be looked at' }),
});

export const clusterHealth = z
  .object({
    cluster: z.string(),
    policy: healthPolicy,
    checkedAt: z.iso.datetime().nullable().meta({ description: '`null`: nobody has looked yet' }),
    current: decision.nullable(),
    storm: z
      .object({ beganAt: z.iso.datetime(), clusters: z.array(z.string()) })
      .nullable()
      .meta({ description: 'So many clusters are unwell at once that nothing is healed' }),
    decisions: z
      .array(
        z.object({
          id: z.string().meta({ description: 'Also of the operation, where one came of it' }),
          at: z.iso.datetime(),
          decision,
          retracted: z.string().nullable().meta({ description: 'Why what was decided was not carried out' }),
        }),
      )
      .meta({ description: 'The latest first; one that is like the one before is kept once' }),
  })
  .meta({ id: 'ClusterHealth' });
export type ClusterHealthView = z.infer<typeof clusterHealth>;

export const healthCheck = z
  .object({
    dryRun: z.boolean(),
    at: z.iso.datetime(),
    decision,
    operation: z.string().nullable().meta({ description: 'Address of the heal that was asked for' }),
    refused: z.string().nullable().meta({ description: 'Why the cluster refused what was decided' }),
  })
  .meta({ id: 'HealthCheck' });
export type HealthCheckView = z.infer<typeof healthCheck>;
