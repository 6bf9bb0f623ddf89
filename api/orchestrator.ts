/** The API's way to the workflows: starts, updates and queries, with our own errors for what goes wrong. */
import {
  isGrpcServiceError,
  WithStartWorkflowOperation,
  WorkflowExecutionAlreadyStartedError,
  WorkflowFailedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  type Client,
} from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import { ClusterwrightError, fail, isErrorCode, type Fault } from '../domain/errors.js';
import { scheduleIds, workflowIds } from '../domain/ids.js';
import type { VmBackups } from '../domain/vm-backup/vm-backup.js';
import type { Plan } from '../domain/plan.js';
import type { Preflight } from '../domain/preflight/findings.js';
import type { StepRecord } from '../domain/step-record.js';
import { TASK_QUEUES } from '../domain/task-queues.js';
import type { CheckedHealth, checkHealth } from '../workflows/check-health.js';
import type { cluster } from '../workflows/cluster.js';
import {
  cancelOperationUpdate,
  clusterStateQuery,
  decommissionUpdate,
  operateUpdate,
  operationStateQuery,
  protectUpdate,
  pauseOperationUpdate,
  provisionUpdate,
  resolveStepUpdate,
  resumeOperationUpdate,
  WORKFLOW_TYPES,
  type AcceptedOperation,
  type ClusterState,
  type DayTwoOperation,
  type OperationState,
  type Protection,
  type PauseState,
  type StepDecision,
} from '../workflows/messages.js';
import type { listVmBackups } from '../workflows/list-vm-backups.js';
import type { plan } from '../workflows/plan.js';
import type { preflight } from '../workflows/preflight.js';
import type { drillBackup } from '../workflows/drill-backup.js';
import type { removeBackup } from '../workflows/remove-backup.js';
import type { sweep } from '../workflows/sweep.js';
import type { validate, ValidateInput } from '../workflows/validate.js';
import { HostOrchestrator } from './host-orchestrator.js';
import { backupSchedule, drillSchedule, putSchedule, removeSchedule } from './backup-schedule.js';
import { healthSchedule } from './health-schedule.js';
import { certificateSchedule } from './certificate-schedule.js';

/** An answer that takes longer is of no use to whoever waits for it. */
const QUERY_TIMEOUT_MS = 5_000;
const UPDATE_TIMEOUT_MS = 15_000;
const PLAN_TIMEOUT_MS = 25_000;
const PREFLIGHT_TIMEOUT_MS = 60_000;
const VM_BACKUPS_TIMEOUT_MS = 30_000;
const HEALTH_TIMEOUT_MS = 120_000;

export class Orchestrator {
  /** Hosts and what leaves them. */
  readonly hosts: HostOrchestrator;
  private readonly client: Client;

  constructor(client: Client) {
    this.client = client;
    this.hosts = new HostOrchestrator(client, (milliseconds, call) => this.within(milliseconds, call));
  }

  /** @throws `PLAN_INFEASIBLE`, or what keeps Proxmox VE from being observed. */
  async plan(requestId: string, definition: ClusterDefinition): Promise<Plan> {
    return this.within(PLAN_TIMEOUT_MS, () =>
      this.client.workflow.execute<typeof plan>(WORKFLOW_TYPES.plan, {
        workflowId: workflowIds.plan(requestId),
        taskQueue: TASK_QUEUES.workflows,
        args: [{ definition }],
        workflowExecutionTimeout: PLAN_TIMEOUT_MS,
        staticSummary: `Plan ${definition.name}`,
      }),
    );
  }

  /** Findings are answers, not errors. @throws only where nothing at all could be looked at. */
  async preflight(requestId: string, definition: ClusterDefinition): Promise<Preflight> {
    return this.within(PREFLIGHT_TIMEOUT_MS, () =>
      this.client.workflow.execute<typeof preflight>(WORKFLOW_TYPES.preflight, {
        workflowId: workflowIds.preflight(requestId),
        taskQueue: TASK_QUEUES.workflows,
        args: [{ definition }],
        workflowExecutionTimeout: PREFLIGHT_TIMEOUT_MS,
        staticSummary: `Preflight of ${definition.name}`,
      }),
    );
  }

  /**
   * Starts the cluster with its first operation, in one call; repeating it with the same operation changes nothing.
   * @throws `CLUSTER_EXISTS`
   */
  async provision(operationId: string, definition: ClusterDefinition): Promise<AcceptedOperation> {
    const { name, type, version } = definition;
    return this.within(UPDATE_TIMEOUT_MS, () =>
      this.client.workflow.executeUpdateWithStart(provisionUpdate, {
        updateId: operationId,
        args: [{ operationId, definition }],
        startWorkflowOperation: new WithStartWorkflowOperation<typeof cluster>(WORKFLOW_TYPES.cluster, {
          workflowId: workflowIds.cluster(name),
          taskQueue: TASK_QUEUES.workflows,
          args: [{ uid: operationId, name }],
          workflowIdConflictPolicy: 'USE_EXISTING',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          memo: { definition },
          staticSummary: `${name}: ${type} ${version}`,
        }),
      }),
    );
  }

  /** @throws `CLUSTER_NOT_FOUND`, `CLUSTER_PROTECTED` where it is and `confirmedName` is not its name. */
  async decommission(
    operationId: string,
    name: string,
    confirmedName: string | null = null,
  ): Promise<AcceptedOperation> {
    const request = { operationId, ...(confirmedName === null ? {} : { confirmedName }) };
    return this.within(UPDATE_TIMEOUT_MS, () =>
      this.client.workflow
        .getHandle(workflowIds.cluster(name))
        .executeUpdate(decommissionUpdate, { updateId: operationId, args: [request] }),
    );
  }

  /** @throws `CLUSTER_NOT_FOUND` */
  async protect(name: string, isProtected: boolean): Promise<Protection> {
    return this.within(UPDATE_TIMEOUT_MS, () =>
      this.client.workflow
        .getHandle(workflowIds.cluster(name))
        .executeUpdate(protectUpdate, { args: [{ isProtected }] }),
    );
  }

  /** Queues the operation. @throws `CLUSTER_NOT_FOUND`, `PHASE_CONFLICT`, or what the operation's own rules say. */
  async operate(operationId: string, name: string, operation: DayTwoOperation): Promise<AcceptedOperation> {
    return this.within(UPDATE_TIMEOUT_MS, () =>
      this.client.workflow
        .getHandle(workflowIds.cluster(name))
        .executeUpdate(operateUpdate, { updateId: operationId, args: [{ operationId, operation }] }),
    );
  }

  /** @throws `CLUSTER_NOT_FOUND`, `OPERATION_OVER`, `PHASE_CONFLICT` for what is not cancelled. */
  async cancelOperation(operationId: string, name: string): Promise<AcceptedOperation> {
    return this.within(UPDATE_TIMEOUT_MS, () =>
      this.client.workflow
        .getHandle(workflowIds.cluster(name))
        .executeUpdate(cancelOperationUpdate, { args: [{ operationId }] }),
    );
  }

  /** @throws `CLUSTER_NOT_FOUND` when there is no such run. */
  async pauseOperation(workflowId: string, isPaused: boolean): Promise<PauseState> {
    return this.within(UPDATE_TIMEOUT_MS, () =>
      this.client.workflow
        .getHandle(workflowId)
        .executeUpdate(isPaused ? pauseOperationUpdate : resumeOperationUpdate),
    );
  }

  /** @returns `undefined` when no such cluster is remembered. */
  async clusterState(name: string): Promise<ClusterState | undefined> {
    return this.query(workflowIds.cluster(name), clusterStateQuery);
  }

  async operationState(workflowId: string): Promise<OperationState | undefined> {
    return this.query(workflowId, operationStateQuery);
  }

  /** @throws `STEP_NOT_WAITING`, `STEP_NOT_SKIPPABLE` */
  async resolveStep(workflowId: string, decision: StepDecision): Promise<StepRecord> {
    return this.within(UPDATE_TIMEOUT_MS, () =>
      this.client.workflow.getHandle(workflowId).executeUpdate(resolveStepUpdate, { args: [decision] }),
    );
  }

  /**
   * Starts a look for what was left behind, unless the same one is under way.
   * @param remove ids of orphans; `null` only reports.
   */
  async sweep(workflowId: string, remove: readonly string[] | null): Promise<void> {
    await this.within(UPDATE_TIMEOUT_MS, () =>
      this.client.workflow.start<typeof sweep>(WORKFLOW_TYPES.sweep, {
        workflowId,
        taskQueue: TASK_QUEUES.workflows,
        args: [{ remove }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: remove === null ? 'Look for what was left behind' : `Remove ${remove.length} orphans`,
      }),
    );
  }

  /** Starts a validation, once: its number is its identity. */
  async validate(input: ValidateInput): Promise<void> {
    const { definition, number, request } = input;
    const { name } = definition;
    await this.within(UPDATE_TIMEOUT_MS, () =>
      this.client.workflow.start<typeof validate>(WORKFLOW_TYPES.validate, {
        workflowId: workflowIds.validation(name, number),
        taskQueue: TASK_QUEUES.workflows,
        args: [input],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        memo: { request },
        staticSummary: `Validate ${name}: ${request.validationSuite}`,
      }),
    );
  }

  /** Starts the removal of a backup, unless it is under way. */
  async removeBackup(backupId: string): Promise<void> {
    await this.within(UPDATE_TIMEOUT_MS, () =>
      this.client.workflow.start<typeof removeBackup>(WORKFLOW_TYPES.removeBackup, {
        workflowId: workflowIds.removeBackup(backupId),
        taskQueue: TASK_QUEUES.workflows,
        args: [{ backupId }],
        workflowIdConflictPolicy: 'USE_EXISTING',
        workflowIdReusePolicy: 'ALLOW_DUPLICATE',
        staticSummary: `Remove the backup ${backupId}`,
      }),
    );
  }

  /** Asks Proxmox VE for the backups of the VMs of a cluster, also of one that is gone. */
  async vmBackups(requestId: string, cluster: string, clusterUid: string): Promise<VmBackups> {
    return this.within(VM_BACKUPS_TIMEOUT_MS, () =>
      this.client.workflow.execute<typeof listVmBackups>(WORKFLOW_TYPES.listVmBackups, {
        workflowId: workflowIds.listVmBackups(cluster, requestId),
        taskQueue: TASK_QUEUES.workflows,
        args: [{ clusterUid }],
        workflowExecutionTimeout: VM_BACKUPS_TIMEOUT_MS,
        staticSummary: `List the backups of the VMs of ${cluster}`,
      }),
    );
  }

  /** Starts a drill of the backup. @throws `BACKUP_BUSY` while one of the cluster is under way. */
  async drillBackup(cluster: string, backupId: string): Promise<void> {
    await this.within(UPDATE_TIMEOUT_MS, async () => {
      try {
        await this.client.workflow.start<typeof drillBackup>(WORKFLOW_TYPES.drillBackup, {
          workflowId: workflowIds.drillBackup(cluster),
          taskQueue: TASK_QUEUES.workflows,
          args: [{ cluster, backupId }],
          workflowIdConflictPolicy: 'FAIL',
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          staticSummary: `Drill of the backup ${backupId} of ${cluster}`,
        });
      } catch (error) {
        if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        throw fail('BACKUP_BUSY', `a backup of "${cluster}" is being drilled`, { cause: error });
      }
    });
  }

  /** Has its newest backup drilled from now on; `null`: not any more. @param schedule five fields of cron, in UTC. */
  async scheduleDrills(cluster: string, schedule: string | null): Promise<void> {
    await this.within(UPDATE_TIMEOUT_MS, () =>
      schedule === null
        ? removeSchedule(this.client, scheduleIds.backupDrill(cluster))
        : putSchedule(this.client, drillSchedule(cluster, schedule)),
    );
  }

  /** Has the cluster backed up by its policy from now on. @param schedule five fields of cron, in UTC. */
  async scheduleBackups(cluster: string, schedule: string): Promise<void> {
    await this.within(UPDATE_TIMEOUT_MS, () => putSchedule(this.client, backupSchedule(cluster, schedule)));
  }

  async unscheduleBackups(cluster: string): Promise<void> {
    await this.within(UPDATE_TIMEOUT_MS, () => removeSchedule(this.client, scheduleIds.backup(cluster)));
  }

  /** Has the machines of the cluster looked at from now on. */
  async scheduleHealth(cluster: string, intervalSeconds: number): Promise<void> {
    await this.within(UPDATE_TIMEOUT_MS, () =>
      putSchedule(this.client, healthSchedule(cluster, intervalSeconds)),
    );
  }

  async unscheduleHealth(cluster: string): Promise<void> {
    await this.within(UPDATE_TIMEOUT_MS, () => removeSchedule(this.client, scheduleIds.health(cluster)));
  }

  /** Looks at the machines of the cluster now. @param dryRun only says what would be done. */
  async checkHealth(requestId: string, cluster: string, dryRun: boolean): Promise<CheckedHealth> {
    return this.within(HEALTH_TIMEOUT_MS, () =>
      this.client.workflow.execute<typeof checkHealth>(WORKFLOW_TYPES.checkHealth, {
        workflowId: workflowIds.checkHealthNow(cluster, requestId),
        taskQueue: TASK_QUEUES.workflows,
        args: [{ cluster, dryRun }],
        workflowExecutionTimeout: HEALTH_TIMEOUT_MS,
        staticSummary: `Look at the machines of ${cluster}`,
      }),
    );
  }

  /** Has somebody look every day when the certificates of the cluster end. Safe to repeat. */
  async watchCertificates(cluster: string): Promise<void> {
    await this.within(UPDATE_TIMEOUT_MS, () => putSchedule(this.client, certificateSchedule(cluster)));
  }

  /** @throws `ORCHESTRATOR_UNAVAILABLE` */
  async ping(): Promise<void> {
    await this.within(QUERY_TIMEOUT_MS, () => this.client.connection.workflowService.getSystemInfo({}));
  }

  private async query<T>(
    workflowId: string,
    definition: { type: 'query'; name: string },
  ): Promise<T | undefined> {
    try {
      return await this.within(QUERY_TIMEOUT_MS, () =>
        this.client.workflow.getHandle(workflowId).query<T>(definition.name),
      );
    } catch (error) {
      if (error instanceof ClusterwrightError && error.code === 'CLUSTER_NOT_FOUND') return undefined;
      throw error;
    }
  }

  private async within<T>(milliseconds: number, call: () => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(milliseconds);
    try {
      return await this.client.connection.withAbortSignal(signal, call);
    } catch (error) {
      throw orchestratorError(error, signal.aborted);
    }
  }
}

const GRPC_CANCELLED = 1;
const GRPC_DEADLINE_EXCEEDED = 4;
const GRPC_FAILED_PRECONDITION = 9;

/** Our own error for what the Temporal client threw. */
function orchestratorError(error: unknown, timedOut: boolean): ClusterwrightError {
  if (error instanceof ClusterwrightError) return error;
  if (error instanceof WorkflowNotFoundError) {
    return fail('CLUSTER_NOT_FOUND', `there is no run ${error.workflowId}`, { cause: error });
  }
  if (error instanceof WorkflowUpdateFailedError || error instanceof WorkflowFailedError) {
    return (
      fromFailure(error.cause) ?? fail('INTERNAL', error.cause?.message ?? error.message, { cause: error })
    );
  }
  const grpc = isGrpcServiceError(error) || isGrpcServiceError((error as Error).cause);
  const code = isGrpcServiceError(error)
    ? error.code
    : ((error as Error).cause as { code?: number } | undefined)?.code;
  const unanswered =
    timedOut ||
    code === GRPC_CANCELLED ||
    code === GRPC_DEADLINE_EXCEEDED ||
    code === GRPC_FAILED_PRECONDITION;
  const detail = error instanceof Error ? error.message : String(error);
  if (unanswered)
    return fail('WORKER_UNAVAILABLE', `Temporal is up, but nobody answered in time: ${detail}`, {
      cause: error,
    });
  if (grpc) return fail('ORCHESTRATOR_UNAVAILABLE', detail, { cause: error });
  return fail('INTERNAL', detail, { cause: error });
}

/** The error that a workflow failed with, put together again from its type, message and details. */
function fromFailure(failure: unknown): ClusterwrightError | undefined {
  for (let current = failure; current instanceof Error; current = current.cause) {
    if (current instanceof ApplicationFailure && isErrorCode(current.type)) {
      const faults = (current.details?.[0] ?? []) as readonly Fault[];
      return fail(current.type, current.message, { cause: failure, faults });
    }
  }
  return undefined;
}
