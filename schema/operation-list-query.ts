/** The query of the list of operations. */
import * as z from 'zod';
import { clusterName, limitOf, pageLimit } from './cluster-list-query.js';
import { type Parsed, parseWith } from './parsed.js';

const operationListQuery = z.strictObject({
  limit: pageLimit.optional(),
  cluster: clusterName.optional(),
  before: z.string().min(1).max(100).optional(),
});

export interface OperationListQuery {
  readonly limit: number;
  readonly cluster?: string;
  /** Id of the last operation of the page before. */
  readonly before?: string;
}

/** @param query the decoded query parameters, each a string; faults point to them by name, as `/limit`. */
export function parseOperationListQuery(query: unknown): Parsed<OperationListQuery> {
  const parsed = parseWith(operationListQuery, query);
  if (!parsed.ok) return parsed;
  const { limit, cluster, before } = parsed.value;
  return {
    ok: true,
    value: {
      limit: limitOf(limit),
      ...(cluster === undefined ? {} : { cluster }),
      ...(before === undefined ? {} : { before }),
    },
  };
}
