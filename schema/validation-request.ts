/** The request to validate a cluster. Everything in it may be left out, also the body itself. */
import * as z from 'zod';
import type { ValidationRequest } from '../domain/validation/request.js';
import { VALIDATION_CATEGORIES, VALIDATION_SUITES } from '../domain/validation/vocabulary.js';
import { type Parsed, parseWith } from './parsed.js';

/** Another word for KUBERNETES. */
const PLATFORM = 'PLATFORM';

export const validationRequest = z
  .strictObject({
    validationSuite: z.enum(VALIDATION_SUITES).default('STANDARD').meta({
      description: 'QUICK: seconds, and changes nothing. STANDARD: also runs a workload for a moment',
    }),
    categories: z
      .array(z.enum([...VALIDATION_CATEGORIES, PLATFORM]))
      .min(1, 'must name at least one category')
      .optional()
      .meta({ description: 'All, where it is left out. PLATFORM is KUBERNETES' }),
    remediateIssues: z.boolean().default(false).meta({
      description:
        'Failed checks with a safe remediation get it: core pods are restarted, proved certificate requests approved, clocks set',
    }),
  })
  .meta({ id: 'ValidationRequest' });

/** @param body what `JSON.parse` returned; `undefined` where there was none. */
export function parseValidationRequest(body: unknown): Parsed<ValidationRequest> {
  const parsed = parseWith(validationRequest, body ?? {});
  if (!parsed.ok) return parsed;
  const { validationSuite, categories, remediateIssues } = parsed.value;
  const asked = categories?.map((category) => (category === PLATFORM ? 'KUBERNETES' : category));
  return {
    ok: true,
    value: {
      validationSuite,
      // In one order, each once: the same wish is the same request.
      categories: VALIDATION_CATEGORIES.filter((category) => asked?.includes(category) ?? true),
      remediateIssues,
    },
  };
}
