/** Leads clusters through their lives on a test server, as the API does on a real one. */
import { WithStartWorkflowOperation, type WorkflowHandle } from '@temporalio/client';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { randomUUID } from 'node:crypto';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { TASK_QUEUES } from '../../domain/task-queues.js';
import type { HealRequest } from '../../domain/health/heal-request.js';
import type { cluster } from '../../workflows/cluster.js';
import type { ScaleRequest } from '../../domain/scale/scale-request.js';
import type { UpgradeRequest } from '../../domain/upgrade/upgrade-request.js';
import {
  cancelOperationUpdate,
  clusterStateQuery,
  decommissionUpdate,
  operateUpdate,
  pauseOperationUpdate,
  provisionUpdate,
  resolveStepUpdate,
  resumeOperationUpdate,
  type ClusterState,
  type DayTwoOperation,
  type OperateRequest,
  type StepDecision,
} from '../../workflows/messages.js';

export type ClusterHandle = WorkflowHandle<typeof cluster>;

export const isSettled = ({ phase, operation }: ClusterState): boolean =>
  ['READY', 'FAILED'].includes(phase) && operation?.status !== 'running';

export const uniqueName = (): string => `c-${randomUUID().slice(0, 8)}`;

export class ClusterDriver {
  private readonly environment: TestWorkflowEnvironment;

  constructor(environment: TestWorkflowEnvironment) {
    this.environment = environment;
  }

  async provision(definition: ClusterDefinition): Promise<ClusterHandle> {
    const operationId = randomUUID();
    const startWorkflowOperation = new WithStartWorkflowOperation<typeof cluster>('cluster', {
      workflowId: `cluster/${definition.name}`,
      taskQueue: TASK_QUEUES.workflows,
      args: [{ uid: operationId, name: definition.name }],
      workflowIdConflictPolicy: 'USE_EXISTING',
    });
    await this.environment.client.workflow.executeUpdateWithStart(provisionUpdate, {
      updateId: operationId,
      args: [{ operationId, definition }],
      startWorkflowOperation,
    });
    return startWorkflowOperation.workflowHandle();
  }

  /** Until the cluster is as wanted; time is skipped where the server can do that. */
  async stateWhen(handle: ClusterHandle, wanted: (state: ClusterState) => boolean): Promise<ClusterState> {
    for (let attempt = 0; attempt < 400; attempt += 1) {
      const state = await handle.query(clusterStateQuery);
      if (wanted(state)) return state;
      await this.environment.sleep(this.environment.supportsTimeSkipping ? '6 seconds' : '200 milliseconds');
    }
    throw new Error(`the cluster stays ${(await handle.query(clusterStateQuery)).phase}`);
  }

  settled(handle: ClusterHandle): Promise<ClusterState> {
    return this.stateWhen(handle, isSettled);
  }

  /** @returns the id of the operation, which is queued by then. */
  async operate(
    handle: ClusterHandle,
    operation: DayTwoOperation,
    operationId: string = randomUUID(),
  ): Promise<string> {
    const args = [{ operationId, operation }] as [OperateRequest];
    await handle.executeUpdate(operateUpdate, { updateId: operationId, args });
    return operationId;
  }

  /** Skips time until that operation has ended. */
  ended(handle: ClusterHandle, id: string): Promise<ClusterState> {
    return this.stateWhen(handle, ({ operation }) => operation?.id === id && operation.status !== 'running');
  }

  async scale(handle: ClusterHandle, request: Partial<ScaleRequest>): Promise<string> {
    const whole: ScaleRequest = {
      ...{ nodeGroup: 'worker', targetCount: 1, strategy: 'ROLLING', maxSurge: 1, drainTimeoutSeconds: 600 },
      ...request,
    };
    return this.operate(handle, { kind: 'scale', request: whole });
  }

  async upgrade(handle: ClusterHandle, request: Partial<UpgradeRequest>): Promise<string> {
    const operationId = randomUUID();
    const whole: UpgradeRequest = {
      ...{ version: 'v1.33.1+k3s1', via: [], strategy: 'ROLLING', maxSurge: 1, maxUnavailable: 1 },
      ...{ drainTimeoutSeconds: 600, canary: null, gates: [], rollback: false },
      backup: { id: operationId, destination: null },
      ...request,
    };
    return this.operate(handle, { kind: 'upgrade', request: whole }, operationId);
  }

  async heal(handle: ClusterHandle, request: Partial<HealRequest>): Promise<string> {
    const operationId = randomUUID();
    const whole: HealRequest = {
      ...{
        id: operationId,
        action: 'RESTART',
        machine: null,
        group: 'worker',
        reasons: [],
        readySeconds: 300,
      },
      ...request,
    };
    return this.operate(handle, { kind: 'heal', request: whole }, operationId);
  }

  /** Of the operation that runs. */
  async pause(handle: ClusterHandle, isPaused: boolean): Promise<unknown> {
    const { operation } = await handle.query(clusterStateQuery);
    const run = this.environment.client.workflow.getHandle(operation?.workflowId ?? '');
    return run.executeUpdate(isPaused ? pauseOperationUpdate : resumeOperationUpdate);
  }

  async cancel(handle: ClusterHandle, operationId: string): Promise<unknown> {
    return handle.executeUpdate(cancelOperationUpdate, { args: [{ operationId }] });
  }

  async decommission(handle: ClusterHandle): Promise<unknown> {
    const operationId = randomUUID();
    await handle.executeUpdate(decommissionUpdate, { updateId: operationId, args: [{ operationId }] });
    return handle.result();
  }

  /** What a person says of a step of the first machine of the first group. */
  async decide(cluster: string, decision: StepDecision): Promise<unknown> {
    const node = this.environment.client.workflow.getHandle(
      `cluster/${cluster}/provision-1/${cluster}-server-1`,
    );
    return node.executeUpdate(resolveStepUpdate, { args: [decision] });
  }

  /** What a person says of a step of the provision as a whole. */
  async decideOperation(cluster: string, decision: StepDecision): Promise<unknown> {
    const provision = this.environment.client.workflow.getHandle(`cluster/${cluster}/provision-1`);
    return provision.executeUpdate(resolveStepUpdate, { args: [decision] });
  }

  async skipValidation(cluster: string): Promise<unknown> {
    return this.decideOperation(cluster, { step: 'validate', action: 'SKIP' });
  }
}
