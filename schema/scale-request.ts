/** The body of `PUT /api/v1/clusters/{name}/scale`. */
import * as z from 'zod';
import { SCALE_STRATEGIES, type ScaleRequest } from '../domain/scale/scale-request.js';
import { dnsLabel } from './definition/text.js';
import { type Parsed, parseWith } from './parsed.js';

/** Nodes that Kubernetes is tested with at most. */
const MOST_MACHINES = 5_000;
const MOST_AT_ONCE = 50;
const SECONDS = { s: 1, m: 60, h: 3_600 } as const;
/** A day: a drain that takes longer is not one. */
export const LONGEST_SECONDS = 86_400;
const DURATION = /^(?<count>[1-9]\d{0,4})(?<unit>[smh])$/;

export const durationText = 'must be a time from "1s" to "24h", such as "90s", "10m" or "1h"';

export const scaleRequest = z
  .strictObject({
    nodeGroup: dnsLabel(40).meta({ description: 'Name of a group of the definition' }),
    targetCount: z.int().min(0).max(MOST_MACHINES).meta({
      description: 'Machines that the group is to have; of a control plane 1, 3, 5 or 7',
    }),
    strategy: z.enum(SCALE_STRATEGIES).default('ROLLING').meta({
      description: 'ROLLING: machines come before the work does, and go after it',
    }),
    maxSurge: z.int().min(1).max(MOST_AT_ONCE).default(1).meta({
      description:
        'Machines that are made, or emptied, at once; members of a control plane join and leave one by one',
    }),
    drainTimeout: z
      .string()
      .refine((text) => inSeconds(text) !== null, durationText)
      .default('10m')
      .meta({
        description:
          'How long the pods of a node may take to leave it; after it the node stays, and the scale fails',
        examples: ['10m'],
      }),
  })
  .meta({ id: 'ScaleRequest' });

/** @param body what `JSON.parse` returned. */
export function parseScaleRequest(body: unknown): Parsed<ScaleRequest> {
  const parsed = parseWith(scaleRequest, body);
  if (!parsed.ok) return parsed;
  const { drainTimeout, ...rest } = parsed.value;
  return { ok: true, value: { ...rest, drainTimeoutSeconds: inSeconds(drainTimeout) ?? LONGEST_SECONDS } };
}

/** @returns `null` for what is no time, or too long. */
export function inSeconds(text: string): number | null {
  const { count, unit } = DURATION.exec(text)?.groups ?? {};
  if (count === undefined || unit === undefined) return null;
  const seconds = Number(count) * SECONDS[unit as keyof typeof SECONDS];
  return seconds <= LONGEST_SECONDS ? seconds : null;
}
