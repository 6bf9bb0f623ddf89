/** The shape of problem details. */
import * as z from 'zod';
import { type ErrorCode, ERRORS } from '../../domain/errors.js';
import type { Problem } from '../problem.js';

const CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

export const errorCode = z
  .enum(CODES)
  .meta({ id: 'ErrorCode', description: 'Stable; each is explained in the error reference' });

export const problemDetails = z
  .object({
    type: z.string().meta({ format: 'uri-reference', examples: ['/problems/invalid-request'] }),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string().meta({ format: 'uri-reference' }),
    code: errorCode,
    retry: z
      .enum(['never', 'backoff'])
      .meta({ description: 'backoff: the same request may well succeed later' }),
    remedy: z.string(),
    errors: z.array(
      z.object({
        pointer: z.string().meta({ format: 'json-pointer', examples: ['/nodeGroups/0/count'] }),
        detail: z.string(),
        code: errorCode.exactOptional(),
      }),
    ),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457)' }) satisfies z.ZodType<Problem>;
