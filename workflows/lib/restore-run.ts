/** What a restore knows of itself while it goes on: machines, steps; and who hears of it. */
import {
  CancellationScope,
  getExternalWorkflowHandle,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { PHASE_DURING } from '../../domain/operation-kind.js';
import type { Plan } from '../../domain/plan.js';
import { machineStepId } from '../../domain/plan-steps.js';
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

export class RestoreRun {
  readonly steps: StepRunner;
  readonly notes: string[] = [];
  private readonly nodes: Map<string, NodeRecord>;
  private readonly machineSteps = new Map<string, StepRecord>();
  private readonly reporter: Reporter<never>;
  private readonly title: string;

  constructor(title: string, plan: Plan, nodes: readonly NodeRecord[]) {
    this.title = title;
    this.nodes = new Map(nodes.map((node) => [node.name, node]));
    const parent = workflowInfo().parent;
    this.reporter = new Reporter(async () => {
      if (parent === undefined) return;
      const progress = { phase: PHASE_DURING.restore, nodes: this.nodeList() };
      // Also what became of it when it was cancelled.
      await CancellationScope.nonCancellable(() =>
        getExternalWorkflowHandle(parent.workflowId).signal(operationProgressSignal, progress),
      );
    });
    this.steps = new StepRunner(() => this.show());
    setHandler(operationStateQuery, () => ({
      phase: PHASE_DURING.restore,
      plan,
      nodes: this.nodeList(),
      steps: [...this.steps.list(), ...this.machineSteps.values()],
    }));
    setHandler(planQuery, () => plan);
    setHandler(resolveStepUpdate, (decision) => this.steps.decide(decision), {
      validator: (decision) => this.steps.validate(decision),
    });
    setHandler(nodeProgressSignal, ({ node, steps }) => {
      for (const step of steps) {
        const id = machineStepId(node.name, step.id);
        this.machineSteps.set(id, { ...step, id });
      }
      this.nodeIs(node);
    });
  }

  nodeIs(record: NodeRecord): void {
    this.nodes.set(record.name, record);
    this.show();
    this.reporter.touch();
  }

  /** @param ready whether it is a node of the restored cluster. */
  status(name: string, status: string, ready: boolean): void {
    const record = this.nodes.get(name);
    if (record !== undefined) this.nodeIs({ ...record, status, ready });
  }

  statusOf(name: string): string | undefined {
    return this.nodes.get(name)?.status;
  }

  nodeList(): NodeRecord[] {
    return [...this.nodes.values()];
  }

  async settled(): Promise<void> {
    await this.reporter.settled();
  }

  private show(): void {
    const all = [...this.steps.list(), ...this.machineSteps.values()];
    setCurrentDetails(stepsAsMarkdown(this.title, all));
  }
}
