/** The shapes of a validation, and of the answer that accepts one. */
import * as z from 'zod';
import {
  CHECK_SEVERITIES,
  CHECK_STATUSES,
  REMEDIATION_ACTIONS,
  VALIDATION_CATEGORIES,
  VALIDATION_OUTCOMES,
  VALIDATION_SUITES,
} from '../../domain/validation/vocabulary.js';
import { accepted } from './operation.js';

export const checkResult = z
  .object({
    id: z.string().meta({ examples: ['node-readiness'] }),
    title: z.string().meta({ description: 'What is true when it passes' }),
    category: z.enum(VALIDATION_CATEGORIES),
    severity: z.enum(CHECK_SEVERITIES),
    status: z.enum(CHECK_STATUSES).meta({
      description: 'unknown: it could not be looked at. skipped: there is nothing to look at',
    }),
    evidence: z.array(z.string()).meta({ description: 'What it was judged by' }),
    remedy: z.string().meta({ description: 'What a person can do; empty where nothing is to be done' }),
    remediation: z
      .object({
        action: z.enum(REMEDIATION_ACTIONS),
        outcome: z.enum(['done', 'refused', 'failed']),
        detail: z.array(z.string()),
        before: z.array(z.string()).meta({ description: 'Evidence from before' }),
      })
      .nullable()
      .meta({ description: 'What was done about it; its status is the one after that' }),
    measures: z.record(z.string(), z.number()),
  })
  .meta({ id: 'CheckResult' });

const summaryFields = {
  id: z.string(),
  number: z.int().positive(),
  cluster: z.string(),
  request: z.object({
    validationSuite: z.enum(VALIDATION_SUITES),
    categories: z.array(z.enum(VALIDATION_CATEGORIES)),
    remediateIssues: z.boolean(),
  }),
  status: z.enum(['running', 'finished', 'failed', 'cancelled']),
  outcome: z
    .enum(VALIDATION_OUTCOMES)
    .nullable()
    .meta({ description: 'null: there is none yet, or none came' }),
  detail: z.string().nullable().meta({ description: 'Why it came to no result' }),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime().nullable(),
};

export const validationSummary = z.object(summaryFields).meta({ id: 'ValidationSummary' });
export type ValidationSummaryView = z.infer<typeof validationSummary>;

export const validation = z
  .object({
    ...summaryFields,
    counts: z.object({ passed: z.int(), failed: z.int(), unknown: z.int(), skipped: z.int() }).nullable(),
    checks: z.array(checkResult),
  })
  .meta({ id: 'ValidationResult' });
export type ValidationView = z.infer<typeof validation>;

export const validationList = z
  .object({
    items: z.array(validationSummary).meta({ description: 'The latest first' }),
    next: z.int().nullable().meta({ description: '`before` of the next page; null on the last one' }),
  })
  .meta({ id: 'ValidationList' });
export type ValidationListView = z.infer<typeof validationList>;

export const validationAccepted = z
  .object({
    ...accepted.shape,
    links: accepted.shape.links.extend({
      validation: z.string().meta({ examples: ['/api/v1/clusters/k3s-edge/validations/0198c1d2'] }),
    }),
  })
  .meta({ id: 'ValidationAccepted', description: '`Location` says where the result will be' });
export type ValidationAcceptedView = z.infer<typeof validationAccepted>;
