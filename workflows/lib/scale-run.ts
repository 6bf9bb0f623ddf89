/** What a scale, or an operation that scales, knows of itself while it goes on: which machines are in the cluster, its steps; and who hears of it. */
import {
  CancellationScope,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { MachineIdentity } from '../../domain/machine.js';
import { PHASE_DURING, type DayTwoKind } from '../../domain/operation-kind.js';
import type { Plan, PlannedMachine } from '../../domain/plan.js';
import { isNode, machineStepId } from '../../domain/plan-steps.js';
import type { NodeRecord, StepRecord } from '../../domain/step-record.js';
import type { ServiceSettings } from '../../platforms/platform-input.js';
import {
  nodeProgressSignal,
  operationProgressSignal,
  operationStateQuery,
  planQuery,
  resolveStepUpdate,
} from '../messages.js';
import { fail } from '../../domain/errors.js';
import { Reporter } from './reporter.js';
import { stepsAsMarkdown } from './step-details.js';
import { StepRunner } from './step-runner.js';
import { Turns } from './turns.js';

export class ScaleRun {
  readonly steps: StepRunner;
  /** Of all machines that the cluster has in the ledger. */
  readonly identities = new Map<string, MachineIdentity>();
  /** Services are told of one state of the cluster at a time: an older one must not come last. */
  readonly serving = new Turns();
  readonly notes: string[] = [];
  private plan: Plan;
  private made: ServiceSettings | null = null;
  /** Machines of the plan that are not part of the cluster yet, or not any more. */
  private readonly outside = new Set<string>();
  private readonly leaving = new Set<string>();
  /** Told to join: they may be members of etcd. */
  private readonly admitted = new Set<string>();
  private readonly nodes: Map<string, NodeRecord>;
  private readonly machineSteps = new Map<string, StepRecord>();
  private readonly reporter: Reporter<never>;
  private readonly title: string;

  /** @param options `kind`: of the operation that this is; `givesUp`: nobody is asked about its steps. */
  constructor(
    title: string,
    plan: Plan,
    nodes: readonly NodeRecord[],
    { kind = 'scale', givesUp = false }: { readonly kind?: DayTwoKind; readonly givesUp?: boolean } = {},
  ) {
    const phase = PHASE_DURING[kind];
    this.title = title;
    this.plan = plan;
    this.nodes = new Map(nodes.map((node) => [node.name, node]));
    const parent = workflowInfo().parent;
    this.reporter = new Reporter(async () => {
      if (parent === undefined) return;
      const progress = { phase, nodes: this.nodeList(), plan: this.plan };
      // Also what became of it when it was cancelled.
      await CancellationScope.nonCancellable(() =>
        getExternalWorkflowHandle(parent.workflowId).signal(operationProgressSignal, progress),
      );
    });
    this.steps = new StepRunner(() => this.show(), givesUp);
    setHandler(operationStateQuery, () => ({
      phase,
      plan: this.plan,
      nodes: this.nodeList(),
      steps: this.stepList(),
    }));
    setHandler(planQuery, () => this.plan);
    setHandler(resolveStepUpdate, (decision) => this.steps.decide(decision), {
      validator: (decision) => this.steps.validate(decision),
    });
    setHandler(nodeProgressSignal, ({ node, steps }) => {
      for (const step of steps) {
        const id = machineStepId(node.name, step.id);
        this.machineSteps.set(id, { ...step, id });
      }
      if (this.outside.has(node.name)) this.nodeIs(node);
    });
  }

  get settings(): ServiceSettings {
    if (this.made === null) throw fail('INTERNAL', 'the settings of the service were not read');
    return this.made;
  }

  set settings(settings: ServiceSettings) {
    this.made = settings;
  }

  /** The plan with all machines, also those that are on their way in or out. */
  get wholePlan(): Plan {
    return this.plan;
  }

  /** What services are told of: without the machines that leave. */
  get servedPlan(): Plan {
    return { ...this.plan, machines: this.plan.machines.filter(({ name }) => !this.leaving.has(name)) };
  }

  /** What the cluster is when nothing more is done. */
  get resultingPlan(): Plan {
    return without(this.plan, [...this.outside]);
  }

  /** Whether the ledger has said which machines there are. */
  get isKnown(): boolean {
    return this.identities.size > 0;
  }

  /** Keeps to the machines that the ledger still has. */
  know(identities: readonly MachineIdentity[]): void {
    for (const identity of identities) this.identities.set(identity.name, identity);
    const gone = this.plan.machines.filter(({ name }) => !this.identities.has(name));
    this.plan = without(
      this.plan,
      gone.map(({ name }) => name),
    );
  }

  /** Machines that are made from here on: they count once they have joined. */
  extend(
    { machines, steps, expectedSeconds, warnings }: Plan,
    identities: ReadonlyMap<string, MachineIdentity>,
  ): void {
    const all = [...this.plan.machines, ...machines];
    this.plan = { ...this.plan, machines: all, steps, expectedSeconds, warnings };
    for (const { name, group, role, host, network } of machines) {
      const identity = identities.get(name);
      if (identity !== undefined) this.identities.set(name, identity);
      this.outside.add(name);
      const seen = { status: 'pending', ready: false, version: null, vmid: null };
      this.nodes.set(name, { name, group, role, host, address: network.address, ...seen });
    }
    this.changed();
  }

  admits(name: string): void {
    this.admitted.add(name);
  }

  mayBeMember(name: string): boolean {
    return this.admitted.has(name) || this.isPart(name);
  }

  joined(record: NodeRecord): void {
    this.outside.delete(record.name);
    this.nodeIs(record);
  }

  nodeIs(record: NodeRecord): void {
    this.nodes.set(record.name, record);
    this.changed();
  }

  isPart(name: string): boolean {
    return !this.outside.has(name) && this.plan.machines.some((machine) => machine.name === name);
  }

  status(name: string, status: string): void {
    const record = this.nodes.get(name);
    if (record !== undefined) this.nodeIs({ ...record, status });
  }

  /** Its VM is on another host. */
  movedTo(name: string, host: string): void {
    const machines = this.plan.machines.map((machine) =>
      machine.name === name ? { ...machine, host } : machine,
    );
    this.plan = { ...this.plan, machines };
    const record = this.nodes.get(name);
    if (record !== undefined) this.nodeIs({ ...record, host });
  }

  /** From here on nothing leads back. */
  leaves(name: string): void {
    this.outside.add(name);
    this.leaving.add(name);
    const record = this.nodes.get(name);
    if (record !== undefined) this.nodeIs({ ...record, status: 'leaving', ready: false });
  }

  /** It could not be taken out: so it is part of the cluster. */
  stays(name: string): void {
    this.outside.delete(name);
  }

  isLeaving(name: string): boolean {
    return this.leaving.has(name);
  }

  isGone(name: string): void {
    this.plan = without(this.plan, [name]);
    this.nodes.delete(name);
    this.changed();
  }

  /** Nodes of Kubernetes that form the control plane now. */
  controlPlane(): readonly PlannedMachine[] {
    return this.resultingPlan.machines.filter(
      (machine) => isNode(machine) && machine.role === 'CONTROL_PLANE',
    );
  }

  nodeList(): NodeRecord[] {
    return [...this.nodes.values()];
  }

  stepList(): StepRecord[] {
    return [...this.steps.list(), ...this.machineSteps.values()];
  }

  async settled(): Promise<void> {
    await this.reporter.settled();
  }

  private changed(): void {
    this.show();
    this.reporter.touch();
  }

  private show(): void {
    setCurrentDetails(stepsAsMarkdown(this.title, this.stepList()));
  }
}

function without(plan: Plan, names: readonly string[]): Plan {
  if (names.length === 0) return plan;
  const isLeft = (machine: string | null): boolean => machine === null || !names.includes(machine);
  const gone = new Set(plan.steps.filter(({ machine }) => !isLeft(machine)).map(({ id }) => id));
  return {
    ...plan,
    machines: plan.machines.filter(({ name }) => isLeft(name)),
    steps: plan.steps
      .filter(({ id }) => !gone.has(id))
      .map((step) => ({ ...step, dependsOn: step.dependsOn.filter((id) => !gone.has(id)) })),
  };
}
