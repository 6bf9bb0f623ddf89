/** One machine from nothing to a Ready node. Everything that needs no other machine is done before it waits to join. */
import {
  condition,
  getExternalWorkflowHandle,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import type { ApiEndpoint } from '../domain/services/api-endpoint.js';
import type { NodeMarks } from '../platforms/okd/node-marks.js';
import { fail } from '../domain/errors.js';
import { isTalosStep, type MachineStep } from '../domain/machine-step.js';
import { sideBySide } from '../domain/side-by-side.js';
import type { GuestTarget } from '../activities/ssh/guest-access.js';
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
  readonly prepare: readonly MachineStep[];
  /** Done once the operation has said that it is the machine's turn. */
  readonly join: readonly MachineStep[];
  /** Where its steps are run that are done on another machine, by its name. */
  readonly members?: Readonly<Record<string, GuestTarget>>;
  /** Kubernetes version that the node has to report; `null`: any. */
  readonly version: string | null;
  /** The machine forms the cluster, and this is where its kubeconfig is. */
  readonly kubeconfigPath: string | null;
  /** Where the API is reached when it is not the machine itself. */
  readonly apiAddress?: string;
  /** What the configuration of a machine with Talos is made from. */
  readonly talos?: {
    readonly definition: ClusterDefinition;
    readonly endpoint: ApiEndpoint;
    readonly formsCluster: boolean;
  };
  /** How a node of OKD is admitted by others. */
  readonly okd?: { readonly bootstrapUser: string; readonly marks: NodeMarks };
  /** Ready only once it is a voting member of etcd. */
  readonly votes: boolean;
  /** Boots only after the operation has said that what it needs to boot is there. */
  readonly waitsToStart: boolean;
  /** Nobody is asked about a step that cannot go on: the machine is done without. */
  readonly givesUp?: boolean;
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

  const untilMayStart = async (): Promise<void> => {
    run.update({ status: 'waiting to start' });
    await condition(() => mayStart);
  };

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
        // What Ignition is to tell it is made by another machine.
        if (machine.system === 'IGNITION') await untilMayStart();
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
    if (input.waitsToStart && machine.system !== 'IGNITION') await untilMayStart();
    await steps.run(MACHINE_STEPS.startVm, (options) =>
      proxmox.startVm.executeWithOptions(options, [{ identity: vm }]),
    );

    const guest = {
      clusterUid: identity.clusterUid,
      machineUuid: identity.uuid,
      address,
      user: login.user,
    };
    const talos = () => {
      if (input.talos === undefined) throw fail('INTERNAL', `${machine.name} has no Talos`);
      const { definition, endpoint } = input.talos;
      const { clusterUid, machineUuid } = guest;
      return { clusterUid, machineUuid, address, definition, endpoint };
    };
    const machineOf = ({ on }: GuestStep) => {
      if (on === undefined) return guest;
      const other = input.members?.[on];
      if (other === undefined) throw fail('INTERNAL', `${on} is not known to ${machine.name}`);
      return other;
    };
    const runStep = (step: MachineStep): Promise<unknown> =>
      steps.run(
        step.id,
        (options) => {
          return isTalosStep(step)
            ? ssh.runTalosStep.executeWithOptions(options, [{ ...talos(), step, machine }])
            : ssh.runGuestStep.executeWithOptions(options, [{ ...machineOf(step), step }]);
        },
        { softLimitSeconds: step.timeoutSeconds },
      );
    const waitForBootstrap = (step: MachineStep): Promise<unknown> =>
      steps.run(
        step.id,
        async (options) => {
          if (isTalosStep(step)) throw fail('INTERNAL', `${step.id} is no step of a bootstrap`);
          await ssh.waitForBootstrap.executeWithOptions(options, [{ ...guest, step }]);
        },
        { softLimitSeconds: step.timeoutSeconds },
      );
    const isTalos = machine.system === 'TALOS';
    if (!isTalos) {
      await steps.run(MACHINE_STEPS.waitForSsh, (options) =>
        ssh.waitForSsh.executeWithOptions(options, [guest]),
      );
    }
    if (machine.system === 'CLOUD_INIT') {
      await steps.run(
        MACHINE_STEPS.cloudInit,
        (options) => ssh.waitForCloudInit.executeWithOptions(options, [guest]),
        { softLimitSeconds: 900 },
      );
    }
    const prepare = async (): Promise<void> => {
      for (const group of sideBySide(input.prepare)) {
        const [only, ...others] = group;
        if (only !== undefined && others.length === 0) await runStep(only);
        else await together(...group.map((step) => async () => void (await runStep(step))));
      }
    };
    // Until it has its configuration, Talos has its address from the medium.
    if (isTalos) await prepare();
    await together(
      async () => {
        await steps.run(MACHINE_STEPS.cleanUpBoot, (options) =>
          bootsByMethod
            ? proxmox.cleanUpBoot.executeWithOptions(options, [{ ...boot, identity: vm }])
            : proxmox.detachSeed.executeWithOptions(options, [{ identity: vm }]),
        );
      },
      async () => {
        if (!isTalos) await prepare();
        if (machine.role === 'BASTION') return;
        run.update({ status: 'waiting to join' });
        await condition(() => mayJoin);
        for (const step of input.join) {
          if (machine.role === 'BOOTSTRAP') await waitForBootstrap(step);
          else await runStep(step);
        }
      },
    );
    if (input.kubeconfigPath !== null) {
      const path = input.kubeconfigPath;
      const api = input.apiAddress === undefined ? {} : { apiAddress: input.apiAddress };
      await steps.run(MACHINE_STEPS.kubeconfig, (options) =>
        kubernetes.sealKubeconfig.executeWithOptions(options, [
          { ...guest, cluster: identity.cluster, path, ...api },
        ]),
      );
    }
    if (input.talos?.formsCluster === true) {
      await steps.run(MACHINE_STEPS.kubeconfig, (options) =>
        ssh.fetchTalosKubeconfig.executeWithOptions(options, [{ ...talos(), cluster: identity.cluster }]),
      );
    }
    if (input.okd !== undefined) {
      const { clusterUid } = identity;
      const { bootstrapUser, marks } = input.okd;
      const addresses = [address, ...machine.interfaces.flatMap((one) => one.address ?? [])];
      await steps.run(
        MACHINE_STEPS.certificates,
        (options) =>
          kubernetes.approveNodeCsrs.executeWithOptions(options, [
            { clusterUid, node: machine.name, addresses, bootstrapUser },
          ]),
        { softLimitSeconds: 1_800 },
      );
      await steps.run(MACHINE_STEPS.marks, (options) =>
        kubernetes.markNode.executeWithOptions(options, [{ clusterUid, node: machine.name, ...marks }]),
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

function givesKubeconfig({ kubeconfigPath, talos }: NodeInput): boolean {
  return kubeconfigPath !== null || talos?.formsCluster === true;
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
  }, patched('2026-11-one-report-a-moment'));
  const steps = new StepRunner((step) => {
    if (step.status !== 'done') record = { ...record, status: step.title };
    setCurrentDetails(stepsAsMarkdown(machine.name, steps.list()));
    reporter.add(step);
  }, input.givesUp ?? false);
  const guestSteps = machine.role === 'BASTION' ? input.prepare : [...input.prepare, ...input.join];
  const lastSteps = isNode(machine) ? nodeSteps(machine.system, givesKubeconfig(input)) : [];
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
