/** The API's way to the workflows of Proxmox hosts. */
import { WorkflowNotFoundError, type Client } from '@temporalio/client';
import { fail } from '../domain/errors.js';
import type { DrainPlan } from '../domain/hosts/drain-plan.js';
import type { DrainRequest } from '../domain/hosts/drain-request.js';
import type { HostSight } from '../domain/hosts/guest-facts.js';
import { workflowIds } from '../domain/ids.js';
import { TASK_QUEUES } from '../domain/task-queues.js';
import type { drainHost, DrainHostInput } from '../workflows/drain-host.js';
import { WORKFLOW_TYPES } from '../workflows/messages.js';
import type { observeHosts } from '../workflows/observe-hosts.js';
import type { planDrain } from '../workflows/plan-drain.js';

/** An answer that takes longer is of no use to whoever waits for it. */
const LOOK_TIMEOUT_MS = 30_000;
const START_TIMEOUT_MS = 15_000;

/** Turns what goes wrong into our own errors. */
type Within = <T>(milliseconds: number, call: () => Promise<T>) => Promise<T>;

export class HostOrchestrator {
  private readonly client: Client;
  private readonly within: Within;

  constructor(client: Client, within: Within) {
    this.client = client;
    this.within = within;
  }

  async observe(requestId: string): Promise<HostSight> {
    return this.within(LOOK_TIMEOUT_MS, () =>
      this.client.workflow.execute<typeof observeHosts>(WORKFLOW_TYPES.observeHosts, {
        workflowId: workflowIds.observeHosts(requestId),
        taskQueue: TASK_QUEUES.workflows,
        args: [],
        workflowExecutionTimeout: LOOK_TIMEOUT_MS,
        staticSummary: 'Look at the hosts',
      }),
    );
  }

  /** @throws `HOST_NOT_FOUND`, `PROXMOX_NODE_UNREACHABLE` */
  async planDrain(requestId: string, host: string, request: DrainRequest): Promise<DrainPlan> {
    return this.within(LOOK_TIMEOUT_MS, () =>
      this.client.workflow.execute<typeof planDrain>(WORKFLOW_TYPES.planDrain, {
        workflowId: workflowIds.planDrain(host, requestId),
        taskQueue: TASK_QUEUES.workflows,
        args: [{ host, request }],
        workflowExecutionTimeout: LOOK_TIMEOUT_MS,
        staticSummary: `Plan the drain of ${host}`,
      }),
    );
  }

  /** Starts the drain, once: its number is its identity. */
  async drain(input: DrainHostInput): Promise<void> {
    const { host, number } = input;
    await this.within(START_TIMEOUT_MS, () =>
      this.client.workflow.start<typeof drainHost>(WORKFLOW_TYPES.drainHost, {
        workflowId: workflowIds.drainHost(host, number),
        taskQueue: TASK_QUEUES.workflows,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'REJECT_DUPLICATE',
        staticSummary: `Drain ${host}`,
      }),
    );
  }

  /** @throws `HOST_DRAIN_OVER` */
  async cancelDrain(host: string, number: number): Promise<void> {
    const isThere = await this.within(START_TIMEOUT_MS, () =>
      unlessGone(async () => {
        await this.client.workflow.getHandle(workflowIds.drainHost(host, number)).cancel();
        return true;
      }),
    );
    if (!isThere) throw fail('HOST_DRAIN_OVER', `drain ${number} of ${host} does not run`);
  }

  /** Whether its workflow is there and not over: a record may outlive a run that was ended by force. */
  async isDraining(host: string, number: number): Promise<boolean> {
    return this.within(START_TIMEOUT_MS, () =>
      unlessGone(async () => {
        const { status } = await this.client.workflow
          .getHandle(workflowIds.drainHost(host, number))
          .describe();
        return status.name === 'RUNNING';
      }),
    );
  }
}

/** @returns false where there is no such run. */
async function unlessGone(ask: () => Promise<boolean>): Promise<boolean> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}
