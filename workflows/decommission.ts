/** Removes a cluster by its ledger, until it is proved that nothing of it is left. */
import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { ClusterType } from '../domain/cluster-definition.js';
import type { MachineIdentity } from '../domain/machine.js';
import { machineStepId } from '../domain/plan-steps.js';
import { ledger, proxmox, ssh } from './lib/activities.js';
import { forEachLimited } from './lib/concurrency.js';
import { workflowFailure } from './lib/failure.js';
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
}

export interface DecommissionResult {
  /** Names of the machines that were removed. */
  readonly removed: readonly string[];
}

const MAX_REMOVALS_AT_ONCE = 50;
const STEPS = {
  list: 'list-machines',
  verify: 'verify-nothing-left',
  records: 'remove-records',
  release: 'release',
} as const;
const removeStep = (machine: string): string => machineStepId(machine, 'remove-vm');

export async function decommission(input: DecommissionInput): Promise<DecommissionResult> {
  const { clusterUid, cluster } = input;
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
    const machines: readonly MachineIdentity[] = await steps.run(STEPS.list, (options) =>
      ledger.listMachines.executeWithOptions(options, [{ clusterUid }]),
    );
    const hasVolumes = input.hasVolumes === true;
    steps.declare([
      ...(hasVolumes ? [VOLUME_STEPS.list] : []),
      ...machines.map(({ name, vmid }) => ({
        id: removeStep(name),
        title: `Remove VM ${vmid}`,
        machine: name,
      })),
      ...(hasVolumes ? [VOLUME_STEPS.remove] : []),
      { id: STEPS.verify, title: 'Prove that nothing is left', machine: null },
      ...(input.hasRecords === true
        ? [{ id: STEPS.records, title: 'Remove the names of the cluster', machine: null }]
        : []),
      { id: STEPS.release, title: 'Release addresses and secrets', machine: null },
    ]);
    const volumes = hasVolumes ? await listVolumes(steps, clusterUid) : undefined;
    await forEachLimited(machines, MAX_REMOVALS_AT_ONCE, async (identity) => {
      await steps.run(removeStep(identity.name), (options) =>
        proxmox.removeVm.executeWithOptions(options, [{ identity }]),
      );
    });
    if (volumes !== undefined) await removeVolumes(steps, volumes);
    await steps.run(STEPS.verify, (options) =>
      proxmox.verifyNothingLeft.executeWithOptions(options, [{ clusterUid, cluster }]),
    );
    if (input.hasRecords === true) {
      await steps.run(STEPS.records, (options) =>
        ssh.removeRecords.executeWithOptions(options, [{ clusterUid }]),
      );
    }
    // Only now: an address must not be leased anew while a machine that answers on it may still run.
    await steps.run(STEPS.release, (options) =>
      ledger.releaseCluster.executeWithOptions(options, [{ clusterUid }]),
    );
    return { removed: machines.map(({ name }) => name) };
  } catch (error) {
    throw workflowFailure(error);
  }
}
