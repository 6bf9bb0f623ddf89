/** What an operator wants to hold after each machine of an upgrade. */
import { workflowInfo } from '@temporalio/workflow';
import { gateStepId, gateSteps } from '../../domain/upgrade/upgrade-steps.js';
import { kubernetes } from './activities.js';
import type { Upgrading } from './upgrading.js';

/** What a gate needs beside the time that it is given. */
const MARGIN_SECONDS = 60;

/** One gate after the other. @throws `UPGRADE_GATE_FAILED` with what the gate saw. */
export async function passGates(upgrading: Upgrading, machine: string): Promise<void> {
  const { clusterUid, run, definition } = upgrading;
  const { gates } = upgrading.request;
  run.steps.declare(gateSteps(machine, gates));
  for (const [index, gate] of gates.entries()) {
    const subject = `${workflowInfo().workflowId}/${gateStepId(machine, index)}/${definition.version}`;
    await run.steps.run(
      gateStepId(machine, index),
      (options) => kubernetes.passGate.executeWithOptions(options, [{ clusterUid, gate, machine, subject }]),
      // The request says how long: after it nobody is asked.
      { givesUp: true, softLimitSeconds: gate.timeoutSeconds + MARGIN_SECONDS },
    );
  }
}
