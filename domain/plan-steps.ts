/** The steps of a provision with their dependencies: what the plan shows is what the workflows run. */
import type { ClusterDefinition } from './cluster-definition.js';
import type { MachineSource, PlannedBoot, PlannedMachine, PlanStep } from './plan.js';

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
  preflight: 'preflight',
  reserve: 'reserve',
  probe: 'probe-addresses',
  keys: 'keys',
  images: 'images',
  pxe: 'pxe-service',
  validate: 'validate',
} as const;

export const CLUSTER_STEP_TITLES: Readonly<
  Record<(typeof CLUSTER_STEPS)[keyof typeof CLUSTER_STEPS], string>
> = {
  plan: 'Observe Proxmox VE and plan',
  preflight: 'Check that Proxmox VE allows it',
  reserve: 'Reserve VMIDs and addresses',
  'probe-addresses': 'Probe that nobody answers on the addresses',
  keys: 'Make SSH keys and the join token',
  images: 'Bring the images to the hosts',
  'pxe-service': 'Serve network boot from the bastion',
  validate: 'Check the health of the cluster',
};

export const MACHINE_STEPS = {
  claimVm: 'claim-vm',
  prepareBoot: 'prepare-boot',
  configureVm: 'configure-vm',
  firewall: 'apply-firewall',
  validateBoot: 'validate-boot',
  startVm: 'start-vm',
  waitForSsh: 'wait-for-ssh',
  cloudInit: 'cloud-init',
  cleanUpBoot: 'clean-up-boot',
  kubeconfig: 'kubeconfig',
  nodeReady: 'node-ready',
} as const;

/** Seconds that a step takes on a small cluster with SSDs: an estimate to show, never a limit. */
const EXPECTED_SECONDS: Readonly<Record<string, number>> = {
  [CLUSTER_STEPS.probe]: 2,
  [CLUSTER_STEPS.images]: 60,
  [CLUSTER_STEPS.pxe]: 15,
  [MACHINE_STEPS.prepareBoot]: 1,
  [MACHINE_STEPS.configureVm]: 2,
  [MACHINE_STEPS.firewall]: 0.5,
  [MACHINE_STEPS.validateBoot]: 0.2,
  [MACHINE_STEPS.startVm]: 2,
  [MACHINE_STEPS.waitForSsh]: 15,
  [MACHINE_STEPS.cloudInit]: 10,
  [MACHINE_STEPS.cleanUpBoot]: 1,
  [MACHINE_STEPS.kubeconfig]: 0.5,
  [MACHINE_STEPS.nodeReady]: 10,
  'install-k3s': 10,
  'start-server': 13,
  'start-agent': 6,
};

const FULL_CLONE_SECONDS = 12;
const LINKED_CLONE_SECONDS = 2;
/** Machines that boot an installer write a whole disk and boot a second time. */
const INSTALL_SECONDS = 60;

/** Path of a machine's step in the plan and in the API. */
export function machineStepId(machine: string, step: string): string {
  return `${machine}/${step}`;
}

/** What a machine goes through by itself, in the order in which it is shown. */
export function ownSteps(machine: PlannedMachine): OutlinedStep[] {
  const { source, boot, firewall } = machine;
  return [
    { id: MACHINE_STEPS.claimVm, title: claimTitle(source) },
    { id: MACHINE_STEPS.prepareBoot, title: prepareTitle(boot) },
    { id: MACHINE_STEPS.configureVm, title: 'Configure the VM' },
    ...(firewall === null ? [] : [{ id: MACHINE_STEPS.firewall, title: 'Set the rules of its firewall' }]),
    { id: MACHINE_STEPS.validateBoot, title: `Check that it will boot by ${boot.method}` },
    { id: MACHINE_STEPS.startVm, title: 'Start the VM' },
    { id: MACHINE_STEPS.waitForSsh, title: 'Wait for SSH and pin the host key' },
    { id: MACHINE_STEPS.cloudInit, title: 'Wait for cloud-init' },
    { id: MACHINE_STEPS.cleanUpBoot, title: cleanUpTitle(boot) },
  ];
}

/** What is done at the end to a machine that is a Kubernetes node. */
export function nodeSteps(formsCluster: boolean): OutlinedStep[] {
  const ready = { id: MACHINE_STEPS.nodeReady, title: 'Wait until the node is Ready' };
  return formsCluster
    ? [{ id: MACHINE_STEPS.kubeconfig, title: 'Fetch and seal the kubeconfig' }, ready]
    : [ready];
}

/** A bastion is a machine of the cluster, and no node of Kubernetes. */
export function isNode({ role }: Pick<PlannedMachine, 'role'>): boolean {
  return role !== 'BASTION';
}

/** What is done to make the machine's VM. */
export function claimTitle(source: MachineSource): string {
  switch (source.kind) {
    case 'clone':
      return `Clone template ${source.vmid}`;
    case 'import':
      return `Create the VM from ${source.image.volume}`;
    case 'empty':
      return 'Create the VM with an empty disk';
  }
}

function prepareTitle({ method, delivery }: PlannedBoot): string {
  if (method === 'PXE') return 'Arm the boot service for its MAC address';
  return delivery === 'MEDIUM'
    ? 'Upload the cloud-init medium'
    : 'Have the boot service serve its configuration';
}

function cleanUpTitle({ method, delivery }: PlannedBoot): string {
  if (method === 'PXE') return 'Disarm the boot service';
  return delivery === 'MEDIUM' ? 'Detach and delete the cloud-init medium' : 'Revoke the one-time token';
}

export function planSteps(
  definition: Pick<ClusterDefinition, 'network' | 'services'>,
  machines: readonly PlannedMachine[],
  outline: StepOutline,
): PlanStep[] {
  const nodes = machines.filter(isNode);
  const controlPlane = nodes.filter(({ role }) => role === 'CONTROL_PLANE');
  const workers = nodes.filter(({ role }) => role !== 'CONTROL_PLANE');
  const bastions = machines.filter((machine) => !isNode(machine));
  const ready = (machine: PlannedMachine): string => machineStepId(machine.name, MACHINE_STEPS.nodeReady);
  const last = controlPlane.at(-1);
  const { plan, preflight, reserve, probe, keys, images, pxe, validate } = CLUSTER_STEPS;

  const needsImages = machines.some(({ source, boot }) => source.kind === 'import' || boot.iso !== null);
  const servesPxe = bastions.length > 0 && definition.services.some(({ type }) => type === 'PXE_BOOT');
  const bastionsReady = bastions.map((machine) => lastStep(machine, outline));
  const context = {
    outline,
    beginAfter: [probe, keys, ...(needsImages ? [images] : [])],
    // Their packages come through the bastion, or their kernel does.
    startAfter: definition.network.egress === 'BASTION' ? bastionsReady : [],
    pxeAfter: servesPxe ? [pxe] : [],
  };

  const steps: PlanStep[] = [
    clusterStep(plan, []),
    clusterStep(preflight, [plan]),
    clusterStep(reserve, [preflight]),
    clusterStep(probe, [reserve]),
    clusterStep(keys, [reserve]),
    ...(needsImages ? [clusterStep(images, [reserve])] : []),
  ];
  for (const machine of bastions) {
    steps.push(...machineSteps(machine, { ...context, startAfter: [], gate: [], formsCluster: false }));
  }
  if (servesPxe) steps.push(clusterStep(pxe, bastionsReady));
  controlPlane.forEach((machine, position) => {
    // Quorum-safe order: a server joins when the one before it is Ready and votes.
    const before = controlPlane[position - 1];
    const gate = before === undefined ? [] : [ready(before)];
    steps.push(...machineSteps(machine, { ...context, gate, formsCluster: position === 0 }));
  });
  for (const machine of workers) {
    const gate = last === undefined ? [] : [ready(last)];
    steps.push(...machineSteps(machine, { ...context, gate, formsCluster: false }));
  }
  steps.push(clusterStep(validate, nodes.map(ready)));
  return steps;
}

function clusterStep(
  id: (typeof CLUSTER_STEPS)[keyof typeof CLUSTER_STEPS],
  dependsOn: readonly string[],
): PlanStep {
  const title = CLUSTER_STEP_TITLES[id];
  return { id, title, machine: null, dependsOn, expectedSeconds: EXPECTED_SECONDS[id] ?? 0.5 };
}

interface MachineContext {
  readonly outline: StepOutline;
  readonly beginAfter: readonly string[];
  readonly startAfter: readonly string[];
  readonly pxeAfter: readonly string[];
  /** What has to be done before the machine joins. */
  readonly gate: readonly string[];
  readonly formsCluster: boolean;
}

function machineSteps(machine: PlannedMachine, context: MachineContext): PlanStep[] {
  const { outline, gate } = context;
  const id = (step: string): string => machineStepId(machine.name, step);
  const steps: PlanStep[] = [];
  const add = ({ id: name, title }: OutlinedStep, dependsOn: readonly string[]): void => {
    const expectedSeconds = expectedSecondsOf(name, machine);
    steps.push({ id: id(name), title, machine: machine.name, dependsOn, expectedSeconds });
  };

  const isPxe = machine.boot.method === 'PXE';
  let before = '';
  for (const step of ownSteps(machine)) {
    const dependsOn: Readonly<Record<string, readonly string[]>> = {
      [MACHINE_STEPS.claimVm]: context.beginAfter,
      [MACHINE_STEPS.prepareBoot]: context.beginAfter,
      [MACHINE_STEPS.configureVm]: [id(MACHINE_STEPS.claimVm), id(MACHINE_STEPS.prepareBoot)],
      [MACHINE_STEPS.startVm]: [before, ...context.startAfter, ...(isPxe ? context.pxeAfter : [])],
    };
    add(step, dependsOn[step.id] ?? [before]);
    before = id(step.id);
  }
  // Detaching the medium needs no waiting for.
  const cleanedUp = before;
  before = id(MACHINE_STEPS.cloudInit);
  for (const step of outline.prepare(machine)) {
    add(step, [before]);
    before = id(step.id);
  }
  if (!isNode(machine)) return steps;
  outline.join(machine).forEach((step, position) => {
    add(step, position === 0 ? [before, ...gate] : [before]);
    before = id(step.id);
  });
  for (const step of nodeSteps(context.formsCluster)) {
    add(step, step.id === MACHINE_STEPS.nodeReady ? [before, cleanedUp] : [before]);
    before = id(step.id);
  }
  return steps;
}

/** The step after which a bastion can be used. */
function lastStep(machine: PlannedMachine, outline: StepOutline): string {
  return machineStepId(machine.name, outline.prepare(machine).at(-1)?.id ?? MACHINE_STEPS.cloudInit);
}

function expectedSecondsOf(step: string, { source, boot }: PlannedMachine): number {
  if (step === MACHINE_STEPS.claimVm) {
    const isCopied = source.kind === 'import' || (source.kind === 'clone' && source.fullClone);
    return isCopied ? FULL_CLONE_SECONDS : LINKED_CLONE_SECONDS;
  }
  const seconds = EXPECTED_SECONDS[step] ?? 5;
  return step === MACHINE_STEPS.waitForSsh && boot.method !== 'TEMPLATE'
    ? seconds + INSTALL_SECONDS
    : seconds;
}
