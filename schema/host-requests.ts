/** The bodies of `POST /api/v1/hosts/{node}/drain` and `PUT /api/v1/clusters/{name}/protection`. */
import * as z from 'zod';
import type { DrainRequest } from '../domain/hosts/drain-request.js';
import { clusterName } from './cluster-list-query.js';
import { dnsLabel } from './definition/text.js';
import { type Parsed, parseWith } from './parsed.js';
import { durationText, inSeconds, LONGEST_SECONDS } from './scale-request.js';

/** More than a Proxmox cluster has. */
const MOST_NAMES = 1_000;

export const hostName = dnsLabel(63);

export const drainHostRequest = z
  .strictObject({
    clusters: z.array(clusterName).min(1).max(MOST_NAMES).optional().meta({
      description: 'Only machines of these clusters; without it those of all',
    }),
    targets: z.array(hostName).min(1).max(MOST_NAMES).optional().meta({
      description: 'Only to these hosts; without it to any that will do',
    }),
    drainTimeout: z
      .string()
      .refine((text) => inSeconds(text) !== null, durationText)
      .default('10m')
      .meta({
        description: 'How long the pods of a node may take to leave it; after it the machine stays',
        examples: ['10m'],
      }),
    dryRun: z
      .boolean()
      .default(false)
      .meta({ description: 'Only shows the plan: nothing is marked or moved' }),
  })
  .meta({ id: 'DrainHostRequest' });

export interface ParsedDrain {
  readonly request: DrainRequest;
  readonly dryRun: boolean;
}

/** @param body what `JSON.parse` returned. */
export function parseDrainHostRequest(body: unknown): Parsed<ParsedDrain> {
  const parsed = parseWith(drainHostRequest, body);
  if (!parsed.ok) return parsed;
  const { clusters = null, targets = null, drainTimeout, dryRun } = parsed.value;
  const drainTimeoutSeconds = inSeconds(drainTimeout) ?? LONGEST_SECONDS;
  return { ok: true, value: { request: { clusters, targets, drainTimeoutSeconds }, dryRun } };
}

export function parseHostName(name: unknown): Parsed<string> {
  return parseWith(hostName, name);
}

export const protectionRequest = z
  .strictObject({
    protected: z.boolean().meta({
      description: 'Whether the cluster is removed only where its name is said once more',
    }),
  })
  .meta({ id: 'ProtectionRequest' });

/** @param body what `JSON.parse` returned. */
export function parseProtection(body: unknown): Parsed<{ readonly protected: boolean }> {
  return parseWith(protectionRequest, body);
}

const decommissionQuery = z.strictObject({ confirm: clusterName.optional() });

/** @param query the decoded query parameters. */
export function parseDecommissionQuery(query: unknown): Parsed<{ readonly confirm?: string | undefined }> {
  return parseWith(decommissionQuery, query);
}
