/** The steps of a provision with their dependencies: what the plan shows is what the workflows run. */
import type { ClusterDefinition, Egress } from '../cluster-definition.js';
import type { PlannedMachine, PlanStep } from '../plan.js';
import {
  CLUSTER_STEP_TITLES,
  CLUSTER_STEPS,
  isNode,
  lastBootStep,
  MACHINE_STEPS,
  machineStepId,
  nodeSteps,
  ownSteps,
  type JoinOrder,
  type OutlinedStep,
  type StepOutline,
} from '../plan-steps.js';
import { serviceStepId, serviceStepTitle } from '../services/in-cluster.js';
import { hasRecords, nameServerOf } from '../services/name-server.js';
import { expectedSecondsOf, expectedSecondsOfCluster, expectedSecondsOfService } from './expected-seconds.js';
import { ServingSteps } from './serving-steps.js';

export function planSteps(
  definition: ClusterDefinition,
  machines: readonly PlannedMachine[],
  outline: StepOutline,
): PlanStep[] {
  const nodes = machines.filter(isNode);
  const controlPlane = nodes.filter(({ role }) => role === 'CONTROL_PLANE');
  const workers = nodes.filter(({ role }) => role !== 'CONTROL_PLANE');
  const bastions = machines.filter(({ role }) => role === 'BASTION');
  const serving = new ServingSteps(definition.services, machines, outline);
  const ready = (machine: PlannedMachine): string => machineStepId(machine.name, MACHINE_STEPS.nodeReady);
  const bootstraps = machines.filter(({ role }) => role === 'BOOTSTRAP');
  const { plan, preflight, reserve, probe, keys, images, pxe, validate } = CLUSTER_STEPS;
  const { ignition, removeBootstrap, records, names } = CLUSTER_STEPS;
  const needsIgnition = machines.some(({ system }) => system === 'IGNITION');

  const needsImages = machines.some(({ source, boot }) => source.kind === 'import' || boot.iso !== null);
  const servesPxe = bastions.length > 0 && definition.services.some(({ type }) => type === 'PXE_BOOT');
  const bastionsReady = bastions.map((machine) => lastStep(machine, outline));
  const context = {
    outline,
    first: controlPlane[0],
    // Those that do not wait for the machine that forms the cluster are looked for in it by its kubeconfig.
    lookAfter:
      outline.joinOrder === 'AT_ONCE' && outline.givesKubeconfig
        ? controlPlane.slice(0, 1).map(({ name }) => machineStepId(name, MACHINE_STEPS.kubeconfig))
        : [],
    beginAfter: [probe, keys, ...(needsImages ? [images] : [])],
    // Their packages come that way, or their kernel does.
    startAfter: [
      ...egressSteps(definition.network.egress, bastionsReady, serving),
      ...serving.lastOfService(nameServerOf(definition)?.name),
    ],
    pxeAfter: [...(servesPxe ? [pxe] : []), ...serving.lastOf('PXE_BOOT')],
    armAfter: needsIgnition ? [ignition] : [],
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
  const servingAfter = definition.network.egress === 'BASTION' ? bastionsReady : [];
  for (const { machine, gate: before } of serving.inOrder()) {
    const gate = [...servingAfter, ...before];
    steps.push(...machineSteps(machine, { ...context, startAfter: [], gate, formsCluster: false }));
  }
  const writesRecords = hasRecords(definition);
  if (writesRecords) steps.push(clusterStep(records, [probe, ...serving.beforeRecords()]));
  if (needsIgnition) steps.push(clusterStep(ignition, [...bastionsReady, ...serving.lastOf('PXE_BOOT')]));
  const mastersUp = controlPlane.map(({ name, system }) => machineStepId(name, lastBootStep(system)));
  for (const machine of bootstraps) {
    steps.push(...machineSteps(machine, { ...context, gate: mastersUp, formsCluster: false }));
  }
  const bootstrapped = bootstraps.map((machine) =>
    machineStepId(
      machine.name,
      outline.join(machine, controlPlane[0]).at(-1)?.id ?? lastBootStep(machine.system),
    ),
  );
  if (bootstraps.length > 0) steps.push(clusterStep(removeBootstrap, bootstrapped));
  const bootstrapsUp = bootstraps.map(({ name, system }) => machineStepId(name, lastBootStep(system)));
  controlPlane.forEach((machine, position) => {
    const before = machinesBefore(outline.joinOrder, controlPlane, position);
    const gate = before.length === 0 ? [...serving.all(), ...bootstrapsUp] : before.map(ready);
    steps.push(
      ...machineSteps(machine, { ...context, gate, formsCluster: position === 0 && outline.givesKubeconfig }),
    );
  });
  for (const machine of workers) {
    const before = machinesBefore(outline.joinOrder, controlPlane, -1);
    // Their configuration is the masters' to give.
    const gate = before.length === 0 ? [...serving.all(), ...bootstrapped] : before.map(ready);
    steps.push(...machineSteps(machine, { ...context, gate, formsCluster: false }));
  }
  for (const { service, gate } of serving.inCluster()) {
    steps.push({
      id: serviceStepId(service.name),
      title: serviceStepTitle(service),
      machine: null,
      // Once the first node is Ready, something can run there.
      dependsOn: [...controlPlane.slice(0, 1).map(ready), ...gate],
      expectedSeconds: expectedSecondsOfService(service.type),
    });
  }
  const hasNames = writesRecords || nameServerOf(definition) !== undefined;
  if (hasNames) steps.push(clusterStep(names, nodes.map(ready)));
  const done = [
    ...(bootstraps.length > 0 ? [removeBootstrap] : []),
    ...(hasNames ? [names] : []),
    ...serving.inCluster().map(({ service }) => serviceStepId(service.name)),
  ];
  steps.push(clusterStep(validate, [...nodes.map(ready), ...done]));
  return steps;
}

function clusterStep(
  id: (typeof CLUSTER_STEPS)[keyof typeof CLUSTER_STEPS],
  dependsOn: readonly string[],
): PlanStep {
  const title = CLUSTER_STEP_TITLES[id];
  return { id, title, machine: null, dependsOn, expectedSeconds: expectedSecondsOfCluster(id) };
}

interface MachineContext {
  readonly outline: StepOutline;
  readonly beginAfter: readonly string[];
  readonly startAfter: readonly string[];
  readonly pxeAfter: readonly string[];
  /** What a machine needs before it can be armed to be told by Ignition what it becomes. */
  readonly armAfter: readonly string[];
  /** What a machine that joins needs to be seen. */
  readonly lookAfter: readonly string[];
  /** What has to be done before the machine joins. */
  readonly gate: readonly string[];
  readonly formsCluster: boolean;
  readonly first: PlannedMachine | undefined;
}

function machineSteps(machine: PlannedMachine, context: MachineContext): PlanStep[] {
  const { outline, gate } = context;
  const id = (step: string): string => machineStepId(machine.name, step);
  const steps: PlanStep[] = [];
  const add = ({ id: name, title }: OutlinedStep, dependsOn: readonly string[]): void => {
    const expectedSeconds = expectedSecondsOf(name, machine);
    steps.push({
      id: id(name),
      title,
      machine: machine.name,
      dependsOn: [...new Set(dependsOn)],
      expectedSeconds,
    });
  };

  const isPxe = machine.boot.method === 'PXE';
  const isTalos = machine.system === 'TALOS';
  const isCleanUp = ({ id: step }: OutlinedStep): boolean => step === MACHINE_STEPS.cleanUpBoot;
  let before = '';
  for (const step of ownSteps(machine).filter((own) => !isTalos || !isCleanUp(own))) {
    const dependsOn: Readonly<Record<string, readonly string[]>> = {
      [MACHINE_STEPS.claimVm]: context.beginAfter,
      [MACHINE_STEPS.prepareBoot]: [
        ...context.beginAfter,
        ...(machine.system === 'IGNITION' ? context.armAfter : []),
      ],
      [MACHINE_STEPS.configureVm]: [id(MACHINE_STEPS.claimVm), id(MACHINE_STEPS.prepareBoot)],
      [MACHINE_STEPS.startVm]: [before, ...context.startAfter, ...(isPxe ? context.pxeAfter : [])],
    };
    add(step, dependsOn[step.id] ?? [before]);
    before = id(step.id);
  }
  // Detaching the medium needs no waiting for.
  const cleanedUp = id(MACHINE_STEPS.cleanUpBoot);
  before = id(lastBootStep(machine.system));
  for (const step of outline.prepare(machine)) {
    add(step, [before]);
    before = id(step.id);
  }
  // Until it has its configuration, Talos has its address from there.
  if (isTalos) for (const step of ownSteps(machine).filter(isCleanUp)) add(step, [before]);
  if (machine.role === 'BASTION') return steps;
  const last = machine.role === 'SERVICE' ? outline.serve(machine) : outline.join(machine, context.first);
  const final = isNode(machine) ? nodeSteps(machine.system, context.formsCluster) : [];
  [...last, ...final].forEach((step, position) => {
    const isLook = step.id === MACHINE_STEPS.nodeReady;
    const seen = isLook && !context.formsCluster ? context.lookAfter : [];
    const cleaned = isLook ? [cleanedUp, ...seen] : [];
    add(step, [before, ...(position === 0 ? gate : []), ...cleaned]);
    before = id(step.id);
  });
  return steps;
}

/** The control-plane machines that have to be Ready first; those that they waited for themselves are left out. */
function machinesBefore(
  order: JoinOrder,
  controlPlane: readonly PlannedMachine[],
  position: number,
): readonly PlannedMachine[] {
  switch (order) {
    // Quorum-safe: a server joins when the one before it is Ready and votes.
    case 'ONE_BY_ONE':
      return position === -1 ? controlPlane.slice(-1) : controlPlane.slice(0, position).slice(-1);
    case 'FIRST_THEN_OTHERS':
      return position === -1 ? controlPlane : controlPlane.slice(0, Math.min(position, 1));
    case 'AT_ONCE':
      return [];
  }
}

function egressSteps(egress: Egress, bastions: readonly string[], serving: ServingSteps): readonly string[] {
  switch (egress) {
    case 'BASTION':
      return bastions;
    case 'LOAD_BALANCER':
      return serving.lastOf('LOAD_BALANCER');
    case 'GATEWAY':
    case 'NONE':
      return [];
  }
}

/** The step after which a bastion can be used. */
function lastStep(machine: PlannedMachine, outline: StepOutline): string {
  return machineStepId(machine.name, outline.prepare(machine).at(-1)?.id ?? lastBootStep(machine.system));
}
