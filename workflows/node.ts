/** One machine from nothing to a Ready node. Everything that needs no other machine is done before it waits to join. */
import {
  condition,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { GuestStep } from '../domain/guest-step.js';
import type { MachineIdentity } from '../domain/machine.js';
import type { PlannedMachine } from '../domain/plan.js';
import { MACHINE_STEPS } from '../domain/plan-steps.js';
import type { NodeRecord, StepRecord } from '../domain/step-record.js';
import { kubernetes, proxmox, ssh } from './lib/activities.js';
import { together } from './lib/concurrency.js';
import { workflowFailure } from './lib/failure.js';
import { Reporter } from './lib/reporter.js';
import { stepsAsMarkdown } from './lib/step-details.js';
import { StepRunner } from './lib/step-runner.js';
import { joinSignal, nodeProgressSignal, resolveStepUpdate } from './messages.js';

export interface NodeInput {
  readonly identity: MachineIdentity;
  readonly machine: PlannedMachine;
  readonly login: {
    readonly user: string;
    readonly sshAuthorizedKeys: readonly string[];
    readonly packages: readonly string[];
    readonly runCmd: readonly string[];
    readonly environment: Readonly<Record<string, string>>;
  };
  readonly prepare: readonly GuestStep[];
  readonly join: readonly GuestStep[];
  /** Kubernetes version that the node has to report. */
  readonly version: string;
  /** The machine forms the cluster, and this is where its kubeconfig is. */
  readonly kubeconfigPath: string | null;
  /** Ready only once it is a voting member of etcd. */
  readonly votes: boolean;
}

export async function node(input: NodeInput): Promise<NodeRecord> {
  const { machine, identity, login } = input;
  const run = startRun(input);
  const { steps } = run;
  let mayJoin = false;
  setHandler(joinSignal, () => {
    mayJoin = true;
  });

  try {
    let vm = identity;
    await together(
      async () => {
        const { vmid, host } = await steps.run(MACHINE_STEPS.claimVm, (options) =>
          proxmox.claimVm.executeWithOptions(options, [{ identity, machine }]),
        );
        vm = { ...identity, vmid };
        run.update({ vmid, host });
      },
      async () => {
        const seed = { identity, machine, address: machine.network.address, ...login };
        await steps.run(MACHINE_STEPS.uploadSeed, (options) =>
          proxmox.uploadSeed.executeWithOptions(options, [seed]),
        );
      },
    );
    await steps.run(MACHINE_STEPS.configureVm, (options) =>
      proxmox.configureVm.executeWithOptions(options, [{ identity: vm, machine }]),
    );
    await steps.run(MACHINE_STEPS.startVm, (options) =>
      proxmox.startVm.executeWithOptions(options, [{ identity: vm }]),
    );

    const guest = {
      clusterUid: identity.clusterUid,
      machineUuid: identity.uuid,
      address: machine.network.address,
      user: login.user,
    };
    const runGuestStep = (step: GuestStep): Promise<unknown> =>
      steps.run(step.id, (options) => ssh.runGuestStep.executeWithOptions(options, [{ ...guest, step }]), {
        softLimitSeconds: step.timeoutSeconds,
      });
    await steps.run(MACHINE_STEPS.waitForSsh, (options) =>
      ssh.waitForSsh.executeWithOptions(options, [guest]),
    );
    await steps.run(
      MACHINE_STEPS.cloudInit,
      (options) => ssh.waitForCloudInit.executeWithOptions(options, [guest]),
      {
        softLimitSeconds: 900,
      },
    );
    await together(
      async () => {
        await steps.run(MACHINE_STEPS.detachSeed, (options) =>
          proxmox.detachSeed.executeWithOptions(options, [{ identity: vm }]),
        );
      },
      async () => {
        for (const step of input.prepare) await runGuestStep(step);
        run.update({ status: 'waiting to join' });
        await condition(() => mayJoin);
        for (const step of input.join) await runGuestStep(step);
      },
    );
    if (input.kubeconfigPath !== null) {
      const path = input.kubeconfigPath;
      await steps.run(MACHINE_STEPS.kubeconfig, (options) =>
        kubernetes.sealKubeconfig.executeWithOptions(options, [
          { ...guest, cluster: identity.cluster, path },
        ]),
      );
    }
    await steps.run(MACHINE_STEPS.nodeReady, (options) =>
      kubernetes.waitForNode.executeWithOptions(options, [
        { clusterUid: identity.clusterUid, node: machine.name, version: input.version, votes: input.votes },
      ]),
    );
    run.update({ status: 'ready', ready: true, version: input.version });
    await run.reporter.settled();
    return run.record();
  } catch (error) {
    await run.reporter.settled();
    throw workflowFailure(error);
  }
}

/** The steps, what is shown of them, and how the operation hears of them. */
function startRun(input: NodeInput) {
  const { machine, identity } = input;
  let record: NodeRecord = {
    name: machine.name,
    group: machine.group,
    role: machine.role,
    host: machine.host,
    vmid: identity.vmid,
    address: machine.network.address,
    status: 'pending',
    ready: false,
    version: null,
  };
  const parent = workflowInfo().parent;
  const reporter = new Reporter<StepRecord>(async (steps) => {
    if (parent === undefined) return;
    await getExternalWorkflowHandle(parent.workflowId).signal(nodeProgressSignal, { node: record, steps });
  });
  const steps = new StepRunner((step) => {
    if (step.status !== 'done') record = { ...record, status: step.title };
    setCurrentDetails(stepsAsMarkdown(machine.name, steps.list()));
    reporter.add(step);
  });
  const outlined = (step: GuestStep) => ({ id: step.id, title: step.title, machine: machine.name });
  const own = (id: string, title: string) => ({ id, title, machine: machine.name });
  steps.declare([
    own(
      MACHINE_STEPS.claimVm,
      `Clone template ${machine.template.vmid} to VM ${identity.vmid} on ${machine.host}`,
    ),
    own(MACHINE_STEPS.uploadSeed, 'Upload the cloud-init medium'),
    own(MACHINE_STEPS.configureVm, 'Configure the VM'),
    own(MACHINE_STEPS.startVm, 'Start the VM'),
    own(MACHINE_STEPS.waitForSsh, 'Wait for SSH and pin the host key'),
    own(MACHINE_STEPS.cloudInit, 'Wait for cloud-init'),
    own(MACHINE_STEPS.detachSeed, 'Detach and delete the cloud-init medium'),
    ...input.prepare.map(outlined),
    ...input.join.map(outlined),
    ...(input.kubeconfigPath === null
      ? []
      : [own(MACHINE_STEPS.kubeconfig, 'Fetch and seal the kubeconfig')]),
    own(MACHINE_STEPS.nodeReady, 'Wait until the node is Ready'),
  ]);
  setHandler(resolveStepUpdate, (decision) => steps.decide(decision), {
    validator: (decision) => steps.validate(decision),
  });
  return {
    steps,
    reporter,
    record: () => record,
    update: (change: Partial<NodeRecord>) => {
      record = { ...record, ...change };
      reporter.touch();
    },
  };
}
