/**
 * Replaces secrets of a cluster. Whenever it ends, the SSH key and the join token that are kept work on every machine;
 * what is left to do is in the vault, and the next rotation goes on with it.
 */
import { isCancellation } from '@temporalio/workflow';
import type { RotatableSecret, RotateSecretsRequest } from '../domain/secrets/rotation-request.js';
import { ROTATION_STEPS, rotationSteps } from '../domain/secrets/rotation-steps.js';
import { failureOf } from './lib/failure.js';
import { InPlaceRun, unknownMachines } from './lib/in-place-run.js';
import { rotateJoinToken } from './lib/rotate-join-token.js';
import { rotateSshKeys } from './lib/rotate-ssh-keys.js';
import type { DayTwoInput, DayTwoResult } from './messages.js';

export async function rotateSecrets(input: DayTwoInput<RotateSecretsRequest>): Promise<DayTwoResult> {
  const { plan, definition, request } = input;
  if (plan === null) return unknownMachines(input);
  const run = new InPlaceRun(input, plan, 'ROTATING_SECRETS', `Secrets of ${definition.name}`);
  try {
    run.steps.declare(rotationSteps('look'));
    await run.look(ROTATION_STEPS.look);
    for (const secret of request.secrets) await rotate(run, secret);
    return run.result('succeeded', null);
  } catch (error) {
    if (isCancellation(error)) {
      run.notes.push(
        'what was valid before is valid still; the next rotation goes on where this one stopped',
      );
      return run.result('cancelled', null);
    }
    const { code, detail } = failureOf(error);
    return run.result('failed', { code, detail });
  }
}

async function rotate(run: InPlaceRun, secret: RotatableSecret): Promise<void> {
  switch (secret) {
    case 'SSH_KEYS':
      return rotateSshKeys(run);
    case 'JOIN_TOKEN':
      return rotateJoinToken(run);
  }
}
