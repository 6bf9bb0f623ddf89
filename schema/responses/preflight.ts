/** The shape of what a preflight found. */
import * as z from 'zod';
import { CHECKS, SEVERITIES, type Finding, type Preflight } from '../../domain/preflight/findings.js';
import { resolvedDefinition } from './definition.js';

const finding = z
  .object({
    check: z.enum(CHECKS),
    severity: z.enum(SEVERITIES),
    subject: z.string().meta({ examples: ['hv5', '/storage/local'] }),
    detail: z.string(),
    remedy: z.string().meta({ description: 'Empty where nothing is to be done' }),
  })
  .meta({ id: 'Finding' }) satisfies z.ZodType<Finding>;

const preflight = z.object({
  findings: z.array(finding),
  ready: z.boolean().meta({ description: 'Nothing stands in the way' }),
  commands: z.array(z.string()).meta({
    description: 'For a root shell on a Proxmox host: they give the token exactly what this definition needs',
  }),
}) satisfies z.ZodType<Preflight>;

export const preflightAnswer = preflight
  .extend({ definition: resolvedDefinition })
  .meta({ id: 'PreflightAnswer', description: 'What was looked at, and what was found' });
export type PreflightAnswerView = z.infer<typeof preflightAnswer>;
