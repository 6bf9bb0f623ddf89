/** What a decommission does beside removing: it writes down what there is, looks again when all is gone, and attests it. */
import type { ClusterType } from '../../domain/cluster-definition.js';
import type { RemovalProof } from '../../domain/removal/certificate.js';
import type { BegunRemoval } from '../../store/removal-port.js';
import { proxmox } from './activities.js';
import { removals } from './removal-activities.js';
import type { StepRunner } from './step-runner.js';

export interface Removed {
  readonly clusterUid: string;
  readonly cluster: string;
  readonly type: ClusterType;
}

export const PROOF_STEPS = {
  begin: { id: 'write-down-belongings', title: 'Write down what there is', machine: null },
  schedules: { id: 'remove-schedules', title: 'Remove the Schedules of the cluster', machine: null },
  released: { id: 'prove-released', title: 'Prove that nothing is held for it any more', machine: null },
  certify: { id: 'certify', title: 'Issue the certificate of removal', machine: null },
} as const;

/** Of a cluster whose removal goes on from where another attempt stopped: what the first one found. */
export async function beginRemoval(steps: StepRunner, removed: Removed): Promise<BegunRemoval> {
  const { clusterUid, cluster } = removed;
  return steps.run(PROOF_STEPS.begin.id, (options) =>
    removals.beginRemoval.executeWithOptions(options, [{ clusterUid, cluster }]),
  );
}

/** @param stepId of the step that proves it. */
export async function proveGone(
  steps: StepRunner,
  stepId: string,
  { clusterUid, cluster }: Removed,
): Promise<RemovalProof> {
  return steps.run(stepId, (options) =>
    proxmox.proveGone.executeWithOptions(options, [{ clusterUid, cluster }]),
  );
}

export async function removeSchedules(steps: StepRunner, { clusterUid, cluster }: Removed): Promise<void> {
  await steps.run(PROOF_STEPS.schedules.id, (options) =>
    removals.removeSchedules.executeWithOptions(options, [{ clusterUid, cluster }]),
  );
}

/** Looks once more at all that was released, and attests the whole. */
export async function certify(
  steps: StepRunner,
  removed: Removed,
  { begunAt, belongings }: BegunRemoval,
  proof: RemovalProof,
): Promise<void> {
  const { clusterUid, cluster } = removed;
  const released = await steps.run(PROOF_STEPS.released.id, (options) =>
    removals.proveReleased.executeWithOptions(options, [{ clusterUid, cluster }]),
  );
  await steps.run(PROOF_STEPS.certify.id, (options) =>
    removals.recordRemoval.executeWithOptions(options, [
      { ...removed, begunAt, belongings, proofs: [proof, released] },
    ]),
  );
}
