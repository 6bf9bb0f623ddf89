/** The steps of a provision with their dependencies: what the plan shows is what the workflows run. */
import type { PlannedMachine, PlanStep } from './plan.js';

/** The steps that the distribution adds to those that every machine has. */
export interface StepOutline {
  readonly prepare: (machine: PlannedMachine) => readonly OutlinedStep[];
  readonly join: (machine: PlannedMachine) => readonly OutlinedStep[];
}

export interface OutlinedStep {
  readonly id: string;
  readonly title: string;
}

/** Names of the steps, shared by the plan and by the workflows that run them. */
export const CLUSTER_STEPS = {
  plan: 'plan',
  reserve: 'reserve',
  keys: 'keys',
  validate: 'validate',
} as const;

export const MACHINE_STEPS = {
  claimVm: 'claim-vm',
  uploadSeed: 'upload-seed',
  configureVm: 'configure-vm',
  startVm: 'start-vm',
  waitForSsh: 'wait-for-ssh',
  cloudInit: 'cloud-init',
  detachSeed: 'detach-seed',
  kubeconfig: 'kubeconfig',
  nodeReady: 'node-ready',
} as const;

/** Seconds that a step takes on a small cluster with SSDs: an estimate to show, never a limit. */
const EXPECTED_SECONDS: Readonly<Record<string, number>> = {
  [MACHINE_STEPS.uploadSeed]: 1,
  [MACHINE_STEPS.configureVm]: 2,
  [MACHINE_STEPS.startVm]: 2,
  [MACHINE_STEPS.waitForSsh]: 15,
  [MACHINE_STEPS.cloudInit]: 10,
  [MACHINE_STEPS.detachSeed]: 1,
  [MACHINE_STEPS.kubeconfig]: 0.5,
  [MACHINE_STEPS.nodeReady]: 10,
  'install-k3s': 10,
  'start-server': 13,
  'start-agent': 6,
};

const FULL_CLONE_SECONDS = 12;
const LINKED_CLONE_SECONDS = 2;

/** Path of a machine's step in the plan and in the API. */
export function machineStepId(machine: string, step: string): string {
  return `${machine}/${step}`;
}

export function planSteps(machines: readonly PlannedMachine[], outline: StepOutline): PlanStep[] {
  const controlPlane = machines.filter(({ role }) => role === 'CONTROL_PLANE');
  const others = machines.filter(({ role }) => role !== 'CONTROL_PLANE');
  const ready = (machine: PlannedMachine): string => machineStepId(machine.name, MACHINE_STEPS.nodeReady);
  const last = controlPlane.at(-1);

  const steps: PlanStep[] = [
    clusterStep(CLUSTER_STEPS.plan, 'Observe Proxmox VE and plan', []),
    clusterStep(CLUSTER_STEPS.reserve, 'Reserve VMIDs and addresses', [CLUSTER_STEPS.plan]),
    clusterStep(CLUSTER_STEPS.keys, 'Make SSH keys and the join token', [CLUSTER_STEPS.plan]),
  ];
  controlPlane.forEach((machine, position) => {
    // Quorum-safe order: a server joins when the one before it is Ready and votes.
    const before = controlPlane[position - 1];
    steps.push(
      ...machineSteps(machine, outline, before === undefined ? [] : [ready(before)], position === 0),
    );
  });
  for (const machine of others) {
    steps.push(...machineSteps(machine, outline, last === undefined ? [] : [ready(last)], false));
  }
  const all = machines.map(ready);
  steps.push(clusterStep(CLUSTER_STEPS.validate, 'Check the health of the cluster', all));
  return steps;
}

function clusterStep(id: string, title: string, dependsOn: readonly string[]): PlanStep {
  return { id, title, machine: null, dependsOn, expectedSeconds: 0.5 };
}

function machineSteps(
  machine: PlannedMachine,
  outline: StepOutline,
  gate: readonly string[],
  formsCluster: boolean,
): PlanStep[] {
  const id = (step: string): string => machineStepId(machine.name, step);
  const {
    claimVm,
    uploadSeed,
    configureVm,
    startVm,
    waitForSsh,
    cloudInit,
    detachSeed,
    kubeconfig,
    nodeReady,
  } = MACHINE_STEPS;
  const step = (name: string, title: string, dependsOn: readonly string[]): PlanStep => ({
    id: id(name),
    title,
    machine: machine.name,
    dependsOn,
    expectedSeconds: EXPECTED_SECONDS[name] ?? 5,
  });

  const cloneSeconds = machine.template.fullClone ? FULL_CLONE_SECONDS : LINKED_CLONE_SECONDS;
  const steps: PlanStep[] = [
    {
      ...step(claimVm, `Clone template ${machine.template.vmid}`, [CLUSTER_STEPS.reserve]),
      expectedSeconds: cloneSeconds,
    },
    step(uploadSeed, 'Upload the cloud-init medium', [CLUSTER_STEPS.reserve, CLUSTER_STEPS.keys]),
    step(configureVm, 'Configure the VM', [id(claimVm), id(uploadSeed)]),
    step(startVm, 'Start the VM', [id(configureVm)]),
    step(waitForSsh, 'Wait for SSH and pin the host key', [id(startVm)]),
    step(cloudInit, 'Wait for cloud-init', [id(waitForSsh)]),
    step(detachSeed, 'Detach and delete the cloud-init medium', [id(cloudInit)]),
  ];
  let before = id(cloudInit);
  for (const { id: name, title } of outline.prepare(machine)) {
    steps.push(step(name, title, [before]));
    before = id(name);
  }
  outline.join(machine).forEach(({ id: name, title }, position) => {
    steps.push(step(name, title, position === 0 ? [before, ...gate] : [before]));
    before = id(name);
  });
  if (formsCluster) {
    steps.push(step(kubeconfig, 'Fetch and seal the kubeconfig', [before]));
    before = id(kubeconfig);
  }
  steps.push(step(nodeReady, 'Wait until the node is Ready', [before, id(detachSeed)]));
  return steps;
}
