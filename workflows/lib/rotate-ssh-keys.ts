/** Replaces the SSH key of a cluster: at every moment the key that is kept lets in everywhere. */
import {
  ROTATION_MACHINE_STEPS,
  ROTATION_STEPS,
  rotationMachineSteps,
  rotationSteps,
} from '../../domain/secrets/rotation-steps.js';
import { rotation } from './activities.js';
import { guestMachines, onEach } from './each-machine.js';
import type { InPlaceRun } from './in-place-run.js';

export async function rotateSshKeys(run: InPlaceRun): Promise<void> {
  const { clusterUid, steps } = run;
  const machines = guestMachines(run);
  const declareOnEach = (step: 'authorizeKey' | 'withdrawKey'): void => {
    for (const { machine } of machines) steps.declare(rotationMachineSteps(machine.name, step));
  };
  steps.declare(rotationSteps('beginKeys'));
  const { stage } = await steps.run(ROTATION_STEPS.beginKeys, (options) =>
    rotation.beginKeyRotation.executeWithOptions(options, [{ clusterUid }]),
  );
  if (stage === 'SPREAD') {
    declareOnEach('authorizeKey');
    steps.declare(rotationSteps('adoptKeys'));
    const consequence =
      'the old SSH key is used still, and the new one is let in beside it where it could be';
    await onEach(
      run,
      machines,
      { step: ROTATION_MACHINE_STEPS.authorizeKey, consequence },
      ({ guest }, options) => rotation.authorizeNextKey.executeWithOptions(options, [guest]),
    );
    await steps.run(ROTATION_STEPS.adoptKeys, (options) =>
      rotation.adoptNextKey.executeWithOptions(options, [{ clusterUid }]),
    );
  } else run.notes.push('an earlier rotation of the SSH keys was brought to its end');
  declareOnEach('withdrawKey');
  steps.declare(rotationSteps('endKeys'));
  const consequence = 'the new SSH key is used, and the old one is let in still on machines';
  await onEach(
    run,
    machines,
    { step: ROTATION_MACHINE_STEPS.withdrawKey, consequence },
    ({ guest }, options) => rotation.withdrawReplacedKey.executeWithOptions(options, [guest]),
  );
  await steps.run(ROTATION_STEPS.endKeys, (options) =>
    rotation.endKeyRotation.executeWithOptions(options, [{ clusterUid }]),
  );
}
