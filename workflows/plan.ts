/** Plans a cluster and answers with the plan; nothing is reserved or changed. */
import { ActivityFailure, TimeoutFailure } from '@temporalio/workflow';
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import type { Plan } from '../domain/plan.js';
import { withServices } from '../domain/services/service-groups.js';
import { upcastDefinition } from '../domain/upcast.js';
import { applicationFailure, failureOf, workflowFailure } from './lib/failure.js';
import { makePlan } from './lib/make-plan.js';

export interface PlanInput {
  readonly definition: ClusterDefinition;
}

/** Somebody waits for the answer: what Proxmox VE does not tell by then is told as the reason. */
const ANSWER_WITHIN = '15 seconds';

export async function plan(input: PlanInput): Promise<Plan> {
  try {
    const definition = withServices(upcastDefinition(input.definition));
    const { plan: made } = await makePlan(definition, { scheduleToCloseTimeout: ANSWER_WITHIN });
    return made;
  } catch (error) {
    if (!isSilence(error)) throw workflowFailure(error);
    const detail = `Proxmox VE did not say within ${ANSWER_WITHIN} what is there`;
    throw applicationFailure('PROXMOX_UNREACHABLE', detail);
  }
}

/** Nobody said why: a call to Proxmox VE hangs. */
function isSilence(error: unknown): boolean {
  return (
    error instanceof ActivityFailure &&
    error.activityType === 'observeInventory' &&
    error.cause instanceof TimeoutFailure &&
    failureOf(error).code === 'INTERNAL'
  );
}
