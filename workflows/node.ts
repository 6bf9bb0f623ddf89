/** One machine from nothing to a Ready node. Everything that needs no other machine is done before it waits to join. */
import {
  condition,
  getExternalWorkflowHandle,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { GuestStep } from '../domain/guest-step.js';
import type { MachineIdentity } from '../domain/machine.js';
import type { PlannedMachine } from '../domain/plan.js';
import { isNode, MACHINE_STEPS, nodeSteps, ownSteps } from '../domain/plan-steps.js';
import type { NodeRecord, StepRecord } from '../domain/step-record.js';
import { upcastMachine } from '../domain/upcast.js';
import { kubernetes, proxmox, ssh } from './lib/activities.js';
import { together } from './lib/concurrency.js';
import { workflowFailure } from './lib/failure.js';
import { Reporter } from './lib/reporter.js';
import { stepsAsMarkdown } from './lib/step-details.js';
import { StepRunner } from './lib/step-runner.js';
import { joinSignal, nodeProgressSignal, resolveStepUpdate, startSignal } from './messages.js';

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
  /** Boots only after the operation has said that what it needs to boot is there. */
  readonly waitsToStart: boolean;
}

export async function node(input: NodeInput): Promise<NodeRecord> {
  const { identity, login } = input;
  const machine = upcastMachine(input.machine);
  const bootsByMethod = patched('2026-11-boot-methods');
  const run = startRun({ ...input, machine });
  const { steps } = run;
  let mayStart = false;
  setHandler(startSignal, () => {
    mayStart = true;
  });
  let mayJoin = false;
  setHandler(joinSignal, () => {
    mayJoin = true;
  });

  try {
    let vm = identity;
    const { address } = machine.network;
    const boot = { identity, machine, login };
    await together(
      async () => {
        const { vmid, host } = await steps.run(MACHINE_STEPS.claimVm, (options) =>
          proxmox.claimVm.executeWithOptions(options, [{ identity, machine }]),
        );
        vm = { ...identity, vmid };
        run.update({ vmid, host });
      },
      async () => {
        await steps.run(MACHINE_STEPS.prepareBoot, async (options) => {
          if (bootsByMethod) return proxmox.prepareBoot.executeWithOptions(options, [boot]);
          return proxmox.uploadSeed.executeWithOptions(options, [{ ...boot, ...login, address }]);
        });
      },
    );
    await steps.run(MACHINE_STEPS.configureVm, (options) =>
      proxmox.configureVm.executeWithOptions(options, [{ identity: vm, machine }]),
    );
    if (bootsByMethod) {
      if (machine.firewall !== null) {
        await steps.run(MACHINE_STEPS.firewall, (options) =>
          proxmox.applyFirewall.executeWithOptions(options, [{ identity: vm, machine }]),
        );
      }
      await steps.run(MACHINE_STEPS.validateBoot, (options) =>
        proxmox.validateBoot.executeWithOptions(options, [{ ...boot, identity: vm }]),
      );
    }
    if (input.waitsToStart) {
      run.update({ status: 'waiting to start' });
      await condition(() => mayStart);
    }
    await steps.run(MACHINE_STEPS.startVm, (options) =>
      proxmox.startVm.executeWithOptions(options, [{ identity: vm }]),
    );

    const guest = {
      clusterUid: identity.clusterUid,
      machineUuid: identity.uuid,
      address,
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
        await steps.run(MACHINE_STEPS.cleanUpBoot, (options) =>
          bootsByMethod
            ? proxmox.cleanUpBoot.executeWithOptions(options, [{ ...boot, identity: vm }])
            : proxmox.detachSeed.executeWithOptions(options, [{ identity: vm }]),
        );
      },
      async () => {
        for (const step of input.prepare) await runGuestStep(step);
        if (!isNode(machine)) return;
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
    if (isNode(machine)) {
      await steps.run(MACHINE_STEPS.nodeReady, (options) =>
        kubernetes.waitForNode.executeWithOptions(options, [
          { clusterUid: identity.clusterUid, node: machine.name, version: input.version, votes: input.votes },
        ]),
      );
    }
    run.update({ status: 'ready', ready: true, version: isNode(machine) ? input.version : null });
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
  const guestSteps = isNode(machine) ? [...input.prepare, ...input.join] : input.prepare;
  const lastSteps = isNode(machine) ? nodeSteps(input.kubeconfigPath !== null) : [];
  steps.declare(
    [...ownSteps(machine), ...guestSteps, ...lastSteps].map(({ id, title }) => ({
      id,
      title: id === MACHINE_STEPS.claimVm ? `${title} as VM ${identity.vmid} on ${machine.host}` : title,
      machine: machine.name,
    })),
  );
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
