/** Removes a cluster by its ledger, in reverse of how it was made, until it is proved that nothing of it is left. */
import { condition, patched, setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { ClusterType } from '../domain/cluster-definition.js';
import type { MachineIdentity } from '../domain/machine.js';
import type { RemovalProof } from '../domain/removal/certificate.js';
import { waitsForDecision } from '../domain/step-record.js';
import type { TeardownStage } from '../domain/services/teardown.js';
import { ledger, proxmox, ssh } from './lib/activities.js';
import { forEachLimited, together } from './lib/concurrency.js';
import { workflowFailure } from './lib/failure.js';
import {
  beginRemoval,
  certify,
  PROOF_STEPS,
  proveGone,
  removeSchedules,
  type Removed,
} from './lib/removal-proof.js';
import {
  MAX_REMOVALS_AT_ONCE,
  REMOVE_RECORDS,
  removalSteps,
  removalsIn,
  type Removals,
} from './lib/removals.js';
import { stepsAsMarkdown } from './lib/step-details.js';
import { StepRunner } from './lib/step-runner.js';
import { listVolumes, removeVolumes, VOLUME_STEPS } from './lib/volumes.js';
import { operationStateQuery, resolveStepUpdate } from './messages.js';

export interface DecommissionInput {
  readonly clusterUid: string;
  readonly cluster: string;
  readonly type: ClusterType;
  /** Records of it stand in a DNS server that outlives it. */
  readonly hasRecords?: boolean;
  /** It could make volumes on Proxmox VE, which its machines do not take with them. */
  readonly hasVolumes?: boolean;
  /** What goes after the nodes. Runs that began without it remove all machines at once, and the records at the end. */
  readonly stages?: readonly TeardownStage[];
}

export interface DecommissionResult {
  /** Names of the machines that were removed. */
  readonly removed: readonly string[];
}

const STEPS = {
  list: 'list-machines',
  verify: 'verify-nothing-left',
  release: 'release',
} as const;

export async function decommission(input: DecommissionInput): Promise<DecommissionResult> {
  const { clusterUid, cluster, type } = input;
  const removed: Removed = { clusterUid, cluster, type };
  const steps = new StepRunner(() =>
    setCurrentDetails(stepsAsMarkdown(`Decommission ${cluster}`, steps.list())),
  );
  setHandler(operationStateQuery, () => ({
    phase: 'DECOMMISSIONING',
    plan: null,
    nodes: [],
    steps: steps.list(),
  }));
  setHandler(resolveStepUpdate, (decision) => steps.decide(decision), {
    validator: (decision) => steps.validate(decision),
  });
  steps.declare([{ id: STEPS.list, title: 'Read the ledger', machine: null }]);
  try {
    const isAttested = patched('2026-11-certificate-of-removal');
    const proof: { gone: RemovalProof | null } = { gone: null };
    if (isAttested) steps.declare([PROOF_STEPS.begin]);
    const begun = isAttested ? await beginRemoval(steps, removed) : null;
    const machines: readonly MachineIdentity[] = await steps.run(STEPS.list, (options) =>
      ledger.listMachines.executeWithOptions(options, [{ clusterUid }]),
    );
    const hasVolumes = input.hasVolumes === true;
    const recordsAreLast = input.stages === undefined && input.hasRecords === true;
    const stages = removalsIn(machines, input.stages);
    const [ofNodes = [], ...ofStages] = removalSteps(stages);
    steps.declare([
      ...(hasVolumes ? [VOLUME_STEPS.list] : []),
      ...ofNodes,
      ...(hasVolumes ? [VOLUME_STEPS.remove] : []),
      ...ofStages.flat(),
      { id: STEPS.verify, title: 'Prove that nothing is left', machine: null },
      ...(recordsAreLast ? [REMOVE_RECORDS] : []),
      ...(isAttested ? [PROOF_STEPS.schedules] : []),
      { id: STEPS.release, title: 'Release addresses and secrets', machine: null },
      ...(isAttested ? [PROOF_STEPS.released, PROOF_STEPS.certify] : []),
    ]);
    const volumes = hasVolumes ? await listVolumes(steps, clusterUid) : undefined;

    const areDone = (some: readonly { readonly id: string }[]): boolean =>
      some.every(({ id }) => steps.statusOf(id) === 'done');
    const removeAllRecords = async (): Promise<void> => {
      await steps.run(REMOVE_RECORDS.id, (options) =>
        ssh.removeRecords.executeWithOptions(options, [{ clusterUid }]),
      );
    };
    const remove = async ({ removals, records }: Removals, index: number): Promise<void> => {
      const former = [ofNodes, ...ofStages].slice(0, index).flat();
      // What cannot go yet is shown and tried again. It holds up nobody: no other would be the better for staying.
      await condition(() => former.every(({ id }) => hasGoneOrWaits(steps, id)));
      await together(
        () =>
          forEachLimited(removals, MAX_REMOVALS_AT_ONCE, async ({ id, identity }) => {
            await steps.run(id, (options) => proxmox.removeVm.executeWithOptions(options, [{ identity }]));
          }),
        ...(records ? [removeAllRecords] : []),
      );
    };
    const verify = async (): Promise<void> => {
      await condition(() => areDone(ofNodes));
      if (volumes !== undefined) await removeVolumes(steps, volumes);
      await condition(() => stages.every(({ removals }) => areDone(removals)));
      if (isAttested) {
        proof.gone = await proveGone(steps, STEPS.verify, removed);
        return;
      }
      await steps.run(STEPS.verify, (options) =>
        proxmox.verifyNothingLeft.executeWithOptions(options, [{ clusterUid, cluster }]),
      );
    };
    await together(...stages.map((stage, index) => () => remove(stage, index)), verify);
    if (recordsAreLast) await removeAllRecords();
    if (isAttested) await removeSchedules(steps, removed);
    // Only now: an address must not be leased anew while a machine that answers on it may still run.
    await steps.run(STEPS.release, (options) =>
      ledger.releaseCluster.executeWithOptions(options, [{ clusterUid }]),
    );
    if (begun !== null && proof.gone !== null) await certify(steps, removed, begun, proof.gone);
    return { removed: machines.map(({ name }) => name) };
  } catch (error) {
    throw workflowFailure(error);
  }
}

function hasGoneOrWaits(steps: StepRunner, id: string): boolean {
  const status = steps.statusOf(id);
  return status === 'done' || waitsForDecision(status);
}
