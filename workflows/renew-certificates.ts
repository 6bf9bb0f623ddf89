/**
 * Renews the certificates of a cluster in place: control planes one after the other with the quorum proved, then the
 * other nodes, then the kubeconfig. Whenever it ends each machine has certificates that work: the old or the new ones.
 */
import { CancellationScope, isCancellation } from '@temporalio/workflow';
import type { RenewCertificatesRequest } from '../domain/certificates/renewal-request.js';
import { RENEWAL_STEPS, RENEWAL_STEP_TITLES } from '../domain/certificates/renewal-steps.js';
import { failureOf } from './lib/failure.js';
import { InPlaceRun, unknownMachines } from './lib/in-place-run.js';
import {
  declareMachines,
  keepReading,
  noteAuthorities,
  readAll,
  renewKubeconfig,
  renewMachines,
  requireRead,
} from './lib/renew-machines.js';
import type { DayTwoInput, DayTwoResult } from './messages.js';

export async function renewCertificates(input: DayTwoInput<RenewCertificatesRequest>): Promise<DayTwoResult> {
  const { plan, definition } = input;
  if (plan === null) return unknownMachines(input);
  const run = new InPlaceRun(input, plan, 'RENEWING_CERTIFICATES', `Certificates of ${definition.name}`);
  try {
    await carryOut(run);
    return run.result('succeeded', null);
  } catch (error) {
    if (isCancellation(error)) return run.result('cancelled', null);
    const { code, detail } = failureOf(error);
    return run.result('failed', { code, detail });
  }
}

async function carryOut(run: InPlaceRun): Promise<void> {
  run.steps.declare(titled(['look', 'read']));
  await run.look(RENEWAL_STEPS.look);
  const before = await readAll(run);
  noteAuthorities(run, before.certificates);
  declareMachines(run);
  run.steps.declare(titled(['settle', 'kubeconfig', 'keep']));
  await renewMachines(run, before);
  // Not left half done: what is kept has to say what is there.
  await CancellationScope.nonCancellable(async () => {
    await renewKubeconfig(run);
    await keepReading(run);
  });
  requireRead(before.unread);
}

function titled(steps: readonly (keyof typeof RENEWAL_STEPS)[]) {
  return steps.map((name) => {
    const id = RENEWAL_STEPS[name];
    return { id, title: RENEWAL_STEP_TITLES[id], machine: null };
  });
}
