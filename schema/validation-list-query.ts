/** The query of a list of validations. */
import * as z from 'zod';
import { type Parsed, parseWith } from './parsed.js';

/** Validations in one page of the list. */
export const VALIDATION_PAGE_LIMIT = { default: 20, max: 100 } as const;

const limitText = `must be a number from 1 to ${VALIDATION_PAGE_LIMIT.max}`;

const validationListQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, { error: limitText, abort: true })
    .refine((text) => Number(text) <= VALIDATION_PAGE_LIMIT.max, limitText)
    .optional(),
  before: z
    .string()
    .regex(/^[1-9]\d{0,8}$/, 'must be the number of a validation')
    .optional(),
});

export interface ValidationListQuery {
  readonly limit: number;
  /** Number of the last validation of the page before. */
  readonly before?: number;
}

/** @param query the decoded query parameters; faults point to them by name. */
export function parseValidationListQuery(query: unknown): Parsed<ValidationListQuery> {
  const parsed = parseWith(validationListQuery, query);
  if (!parsed.ok) return parsed;
  const { limit, before } = parsed.value;
  return {
    ok: true,
    value: {
      limit: limit === undefined ? VALIDATION_PAGE_LIMIT.default : Number(limit),
      ...(before === undefined ? {} : { before: Number(before) }),
    },
  };
}
