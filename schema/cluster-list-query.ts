/** The query of the cluster list. */
import * as z from 'zod';
import { dnsLabel } from './definition/text.js';
import { type Parsed, parseWith } from './parsed.js';

/** Clusters in one page of the list. */
export const PAGE_LIMIT = { default: 100, max: 1000 } as const;

export const clusterName = dnsLabel(40);

const limitText = `must be a number from 1 to ${PAGE_LIMIT.max}`;

/** As it stands in a query. */
export const pageLimit = z
  .string()
  .regex(/^[1-9]\d{0,3}$/, { error: limitText, abort: true })
  .refine((text) => Number(text) <= PAGE_LIMIT.max, limitText);

const clusterListQuery = z.strictObject({
  limit: pageLimit.optional(),
  after: clusterName.optional(),
  includeGone: z.enum(['true', 'false']).optional(),
});

export interface ClusterListQuery {
  readonly limit: number;
  /** Name of the last cluster of the page before. */
  readonly after?: string;
  readonly includeGone: boolean;
}

/** @param query the decoded query parameters, each a string; faults point to them by name, as `/limit`. */
export function parseClusterListQuery(query: unknown): Parsed<ClusterListQuery> {
  const parsed = parseWith(clusterListQuery, query);
  if (!parsed.ok) return parsed;
  const { limit, after, includeGone } = parsed.value;
  return {
    ok: true,
    value: {
      limit: limitOf(limit),
      ...(after === undefined ? {} : { after }),
      includeGone: includeGone === 'true',
    },
  };
}

export function limitOf(text: string | undefined): number {
  return text === undefined ? PAGE_LIMIT.default : Number(text);
}
