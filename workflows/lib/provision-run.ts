/** What a provision knows of itself while it goes on: phase, plan, nodes, steps; and how the cluster hears of it. */
import {
  getExternalWorkflowHandle,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { advance, type Phase } from '../../domain/phase.js';
import type { Plan } from '../../domain/plan.js';
import {
  CLUSTER_STEP_TITLES,
  CLUSTER_STEPS,
  isNode,
  machineStepId,
  OPTIONAL_STEPS,
} from '../../domain/plan-steps.js';
import { runsInCluster, serviceStepId } from '../../domain/services/in-cluster.js';
import type { NodeRecord, StepRecord } from '../../domain/step-record.js';
import {
  nodeProgressSignal,
  operationProgressSignal,
  operationStateQuery,
  planQuery,
  resolveStepUpdate,
} from '../messages.js';
import { Reporter } from './reporter.js';
import { stepsAsMarkdown } from './step-details.js';
import { StepRunner } from './step-runner.js';

export class ProvisionRun {
  readonly steps: StepRunner;
  /** Hears of each change of a machine's step. */
  onStep: (step: StepRecord) => void = () => {};
  private phase: Phase = 'PLANNED';
  private plan: Plan | null = null;
  private planIsNew = false;
  private readonly nodes = new Map<string, NodeRecord>();
  private readonly machineSteps = new Map<string, StepRecord>();
  private readonly reporter: Reporter<never>;
  private readonly title: string;
  /** Of services that run in the cluster. */
  private readonly serviceSteps: ReadonlySet<string>;

  constructor(definition: ClusterDefinition) {
    this.title = `${definition.name}: ${definition.type} ${definition.version}`;
    this.serviceSteps = new Set(
      definition.services.filter(runsInCluster).map(({ name }) => serviceStepId(name)),
    );
    const parent = workflowInfo().parent;
    this.reporter = new Reporter(async () => {
      if (parent === undefined) return;
      const plan = this.planIsNew && this.plan !== null ? { plan: this.plan } : {};
      this.planIsNew = false;
      const progress = { phase: this.phase, nodes: [...this.nodes.values()], ...plan };
      await getExternalWorkflowHandle(parent.workflowId).signal(operationProgressSignal, progress);
    }, patched('2026-11-one-progress-a-moment'));
    this.steps = new StepRunner(() => this.show());
    this.declare(Object.values(CLUSTER_STEPS).filter((id) => !isOptional(id)));
    setHandler(operationStateQuery, () => ({
      phase: this.phase,
      plan: this.plan,
      nodes: [...this.nodes.values()],
      steps: this.stepList(),
    }));
    setHandler(planQuery, () => this.plan);
    setHandler(resolveStepUpdate, (decision) => this.steps.decide(decision), {
      validator: (decision) => this.steps.validate(decision),
    });
    setHandler(nodeProgressSignal, ({ node, steps }) => {
      for (const step of steps) {
        this.machineSteps.set(machineStepId(node.name, step.id), step);
        this.onStep(step);
      }
      this.nodeIs(node);
    });
  }

  enter(phase: Phase): void {
    const next = advance(this.phase, phase);
    if (next === this.phase) return;
    this.phase = next;
    this.show();
    this.reporter.touch();
  }

  /** Steps of the cluster as a whole, in the order in which they are shown. */
  private declare(ids: readonly (typeof CLUSTER_STEPS)[keyof typeof CLUSTER_STEPS][]): void {
    this.steps.declare(ids.map((id) => ({ id, title: CLUSTER_STEP_TITLES[id], machine: null })));
  }

  planned(plan: Plan): void {
    this.plan = plan;
    this.planIsNew = true;
    this.declare(OPTIONAL_STEPS.filter((id) => plan.steps.some((step) => step.id === id)));
    this.steps.declare(plan.steps.filter(({ id }) => this.serviceSteps.has(id)));
    for (const { name, group, role, host, network } of plan.machines) {
      const { address } = network;
      this.nodes.set(name, {
        name,
        group,
        role,
        host,
        vmid: null,
        address,
        status: 'pending',
        ready: false,
        version: null,
      });
    }
    this.show();
    this.reporter.touch();
  }

  /** Something that an operator should know of, and that stops nothing. */
  warn(warning: string): void {
    if (this.plan === null) return;
    this.plan = { ...this.plan, warnings: [...this.plan.warnings, warning] };
    this.planIsNew = true;
    this.reporter.touch();
  }

  nodeIs(node: NodeRecord): void {
    const before = this.nodes.get(node.name);
    this.nodes.set(node.name, node);
    this.show();
    // The cluster shows who is there and Ready; each step in between is this workflow's own to show.
    if (before?.ready !== node.ready || before.vmid !== node.vmid || before.host !== node.host)
      this.reporter.touch();
  }

  /** The machine was needed only for a while. */
  nodeIsGone(name: string): void {
    this.nodes.delete(name);
    this.show();
    this.reporter.touch();
  }

  /** All machines, bastions too. */
  nodeList(): NodeRecord[] {
    return [...this.nodes.values()];
  }

  /** Names of the machines that are nodes of Kubernetes. */
  kubernetesNodes(): string[] {
    return (this.plan?.machines ?? []).filter(isNode).map(({ name }) => name);
  }

  async settled(): Promise<void> {
    await this.reporter.settled();
  }

  /** In the order of the plan; machines' steps under their path. */
  stepList(): StepRecord[] {
    const own = new Map(this.steps.list().map((step) => [step.id, step]));
    if (this.plan === null) return [...own.values()];
    return this.plan.steps.map(({ id, title, machine }) => {
      const record = own.get(id) ?? this.machineSteps.get(id);
      const pending = {
        status: 'pending',
        startedAt: null,
        endedAt: null,
        reason: null,
        remedy: null,
      } as const;
      return { ...pending, ...record, id, title, machine };
    });
  }

  private show(): void {
    const nodes = [...this.nodes.values()].map(
      ({ name, host, vmid, address, status }) =>
        `| ${name} | ${host} | ${vmid ?? ''} | ${address} | ${status} |`,
    );
    const table = ['| Node | Host | VMID | Address | Status |', '|---|---|---|---|---|', ...nodes].join('\n');
    setCurrentDetails(`**${this.phase}**\n\n${stepsAsMarkdown(this.title, this.steps.list())}\n\n${table}`);
  }
}

function isOptional(id: string): boolean {
  return (OPTIONAL_STEPS as readonly string[]).includes(id);
}
