/** One cluster's life: asked for, perhaps told to go in the middle of it, and in the end removed. */
import { WithStartWorkflowOperation, WorkflowNotFoundError, type WorkflowHandle } from '@temporalio/client';
import { randomUUID } from 'node:crypto';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { workflowIds } from '../../domain/ids.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import type { cluster } from '../../workflows/cluster.js';
import {
  clusterStateQuery,
  decommissionUpdate,
  provisionUpdate,
  type ClusterState,
} from '../../workflows/messages.js';
import type { Person, Surroundings } from './person.js';

export class Run {
  readonly definition: ClusterDefinition;
  /** What it was when it first had nothing more to do: READY, GONE, or FAILED with its reason. */
  outcome: string | null = null;
  isGone = false;
  /** What its waiting steps said when they were last looked at. */
  waitsFor: readonly string[] = [];
  private readonly surroundings: Surroundings;
  private readonly person: Person;
  /** Before this activity it is told to go, counted from 1; `null`: not before it has settled. */
  private readonly decommissionAt: number | null;
  /** How often it is looked at before it begins, so that some come when others have just gone. */
  private readonly beginAfterLooks: number;
  private looks = 0;
  private beginning: Promise<void> | null = null;
  private activities = 0;
  private toDecommission = false;
  private handle: WorkflowHandle<typeof cluster> | null = null;
  private state: ClusterState | null = null;

  constructor(options: {
    readonly definition: ClusterDefinition;
    readonly decommissionAt: number | null;
    readonly beginAfterLooks: number;
    readonly surroundings: Surroundings;
    readonly person: Person;
  }) {
    this.definition = options.definition;
    this.decommissionAt = options.decommissionAt;
    this.beginAfterLooks = options.beginAfterLooks;
    this.surroundings = options.surroundings;
    this.person = options.person;
  }

  /** Names of the machines that are Ready; empty unless the cluster is. */
  get readyMachines(): readonly string[] {
    return this.state?.phase === 'READY' ? this.state.nodes.map(({ name }) => name) : [];
  }

  private async begin(): Promise<void> {
    const operationId = randomUUID();
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof cluster>('cluster', {
      workflowId: workflowIds.cluster(this.definition.name),
      taskQueue: TASK_QUEUES.workflows,
      args: [{ uid: operationId, name: this.definition.name }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    await this.surroundings.temporal.workflow.executeUpdateWithStart(provisionUpdate, {
      updateId: operationId,
      args: [{ operationId, definition: this.definition }],
      startWorkflowOperation,
    });
    this.handle = await startWorkflowOperation.workflowHandle();
  }

  /** An activity of the cluster begins. */
  activityBegins(): void {
    this.activities += 1;
    if (this.activities === this.decommissionAt) this.toDecommission = true;
  }

  /** @returns whether nothing goes on any more. */
  async look(): Promise<boolean> {
    if (this.handle === null) {
      this.looks += 1;
      // One that is not answered in time is looked at again, and must not begin twice.
      if (this.looks > this.beginAfterLooks) await (this.beginning ??= this.begin());
      return false;
    }
    if (this.toDecommission) {
      this.toDecommission = false;
      await this.decommission();
    }
    const state = await this.query();
    if (state === null) {
      this.outcome ??= 'GONE';
      this.waitsFor = [];
      return true;
    }
    const { operation, phase, failure, queue } = state;
    const isSettled = ['READY', 'FAILED'].includes(phase) && operation?.status !== 'running';
    if (isSettled && queue.length === 0) {
      this.outcome ??= phase === 'FAILED' ? `FAILED: ${failure?.code ?? ''}` : phase;
      this.waitsFor = [];
      return true;
    }
    if (operation?.status === 'running')
      this.waitsFor = await this.person.attend(operation.workflowId, operation.kind === 'provision');
    return false;
  }

  async decommission(): Promise<void> {
    const operationId = randomUUID();
    try {
      await this.handle?.executeUpdate(decommissionUpdate, {
        updateId: operationId,
        args: [{ operationId }],
      });
    } catch (error) {
      // The server forgets an update together with its workflow, which may be gone before the answer is fetched.
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }

  /**
   * @returns `null` once it is gone. What has ended is not asked: it would be made anew from its history, and those of
   * this server tell a signal and an update of the same moment in another order than that in which they were handled.
   */
  private async query(): Promise<ClusterState | null> {
    if (this.handle === null) throw new Error(`${this.definition.name} was not begun`);
    const { status } = await this.handle.describe();
    this.isGone = status.name === 'COMPLETED';
    if (this.isGone) this.state = null;
    else if (status.name !== 'RUNNING') throw new Error(`${this.definition.name} is ${status.name}`);
    else this.state = await this.handle.query(clusterStateQuery);
    return this.state;
  }
}
