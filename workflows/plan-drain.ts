/** Shows what the drain of a host would do; changes nothing. Somebody waits for the answer. */
import type { DrainPlan } from '../domain/hosts/drain-plan.js';
import type { DrainRequest } from '../domain/hosts/drain-request.js';
import { workflowFailure } from './lib/failure.js';
import { makeDrainPlan } from './lib/make-drain-plan.js';

export interface PlanDrainInput {
  readonly host: string;
  readonly request: DrainRequest;
}

const ANSWER_WITHIN = '20 seconds';

export async function planDrain({ host, request }: PlanDrainInput): Promise<DrainPlan> {
  try {
    return await makeDrainPlan({ host, request }, { scheduleToCloseTimeout: ANSWER_WITHIN });
  } catch (error) {
    throw workflowFailure(error);
  }
}
