/** What an operation knows of itself that changes machines in place: nobody is asked about its steps. */
import { setCurrentDetails, setHandler } from '@temporalio/workflow';
import type { GuestTarget } from '../../activities/ssh/guest-access.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { MachineIdentity } from '../../domain/machine.js';
import type { Phase } from '../../domain/phase.js';
import type { Plan, PlannedMachine } from '../../domain/plan.js';
import { isNode } from '../../domain/plan-steps.js';
import { withServices } from '../../domain/services/service-groups.js';
import { upcastDefinition } from '../../domain/upcast.js';
import {
  operationStateQuery,
  planQuery,
  resolveStepUpdate,
  type DayTwoInput,
  type DayTwoResult,
  type Failure,
} from '../messages.js';
import { ledger } from './activities.js';
import { guestOf } from './guest-of.js';
import { stepsAsMarkdown } from './step-details.js';
import { StepRunner } from './step-runner.js';

export class InPlaceRun {
  readonly clusterUid: string;
  /** With the groups of its services. */
  readonly definition: ClusterDefinition;
  /** A step that fails for good fails the run: those that wait behind it must not wait for a person. */
  readonly steps: StepRunner;
  /** What an operator should know of it. */
  readonly notes: string[] = [];
  readonly identities = new Map<string, MachineIdentity>();
  private plan: Plan;

  constructor({ clusterUid, definition, nodes }: DayTwoInput, plan: Plan, phase: Phase, title: string) {
    this.clusterUid = clusterUid;
    this.definition = withServices(upcastDefinition(definition));
    this.plan = plan;
    this.steps = new StepRunner(() => setCurrentDetails(stepsAsMarkdown(title, this.steps.list())), true);
    setHandler(operationStateQuery, () => ({
      phase,
      plan: this.plan,
      nodes: [...nodes],
      steps: this.steps.list(),
    }));
    setHandler(planQuery, () => this.plan);
    setHandler(resolveStepUpdate, (decision) => this.steps.decide(decision), {
      validator: (decision) => this.steps.validate(decision),
    });
  }

  /** Keeps to the machines that the ledger has. @param step declared before. */
  async look(step: string): Promise<void> {
    const { clusterUid } = this;
    const known = await this.steps.run(step, (options) =>
      ledger.listMachines.executeWithOptions(options, [{ clusterUid }]),
    );
    for (const identity of known) this.identities.set(identity.name, identity);
    const machines = this.plan.machines.filter(({ name }) => this.identities.has(name));
    this.plan = { ...this.plan, machines };
  }

  /** The machines that there are. */
  get wholePlan(): Plan {
    return this.plan;
  }

  controlPlane(): readonly PlannedMachine[] {
    return this.plan.machines.filter((machine) => machine.role === 'CONTROL_PLANE');
  }

  /** Nodes of Kubernetes that are not of the control plane. */
  workers(): readonly PlannedMachine[] {
    return this.plan.machines.filter((machine) => isNode(machine) && machine.role !== 'CONTROL_PLANE');
  }

  /** How the machine is logged in to; `null` where it has no SSH. */
  guestOf(machine: PlannedMachine): GuestTarget | null {
    if (machine.system === 'TALOS') return null;
    return guestOf(this.definition, { identities: this.identities }, machine) ?? null;
  }

  result(status: DayTwoResult['status'], failure: Failure | null): DayTwoResult {
    return { status, failure, notes: this.notes, cluster: null };
  }
}

/** What an operation ends with that has no machines to work on. */
export function unknownMachines({ definition }: DayTwoInput): DayTwoResult {
  const detail = `nothing is remembered of the machines of "${definition.name}"`;
  return { status: 'failed', failure: { code: 'INTERNAL', detail }, notes: [], cluster: null };
}
