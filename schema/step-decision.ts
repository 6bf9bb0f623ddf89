/** What a person decides about a step that waits. */
import * as z from 'zod';
import { STEP_ACTIONS, type StepAction } from '../domain/step-record.js';
import { type Parsed, parseWith } from './parsed.js';

export const stepDecision = z
  .strictObject({
    action: z.enum(STEP_ACTIONS).meta({
      description: 'RETRY: try again now; SKIP: take it as done by hand; FAIL: end the run',
    }),
  })
  .meta({ id: 'StepDecision' });

/** @param body what `JSON.parse` returned. */
export function parseStepDecision(body: unknown): Parsed<{ readonly action: StepAction }> {
  return parseWith(stepDecision, body);
}
