/** `POST /clusters/{name}/steps/{step}`: a person decides about a step that waits. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import { workflowIds } from '../../domain/ids.js';
import { isMemberStep } from '../../domain/scale/scale-steps.js';
import { isUpgradeStep } from '../../domain/upgrade/upgrade-steps.js';
import { parseStepDecision } from '../../schema/step-decision.js';
import { onlyMethods } from './only-methods.js';
import type { ApiDependencies } from '../dependencies.js';

export function stepRoutes(router: Router, { orchestrator }: ApiDependencies): void {
  // A machine's step has the machine's name in front: `k3s-edge-server-1/claim-vm`.
  const path = '/clusters/:name/steps/*step';
  router.post(path, async (request, response) => {
    const { name, step } = request.params as unknown as { name: string; step: readonly string[] };
    const decision = parseStepDecision(request.body);
    if (!decision.ok) throw fail('INVALID_REQUEST', 'the decision is not valid', { faults: decision.faults });
    const state = await orchestrator.clusterState(name);
    if (state === undefined) throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${name}"`);
    if (state.operation === null) throw fail('STEP_NOT_WAITING', `no operation of "${name}" is under way`);
    const { workflowId, kind } = state.operation;
    // A client that encodes the slash sends one segment.
    const id = step.join('/');
    const [machine = '', machineStep] = id.split('/');
    const target =
      kind !== 'decommission' && machineStep !== undefined && !isOfOperation(machineStep)
        ? { workflowId: workflowIds.node(workflowId, machine), step: machineStep }
        : { workflowId, step: id };
    response.json(
      await orchestrator.resolveStep(target.workflowId, { step: target.step, action: decision.value.action }),
    );
  });
  onlyMethods(router, path, 'POST');
}

/** A step of a machine that the operation itself does, and not the run of the machine. */
function isOfOperation(step: string): boolean {
  return isMemberStep(step) || isUpgradeStep(step);
}
