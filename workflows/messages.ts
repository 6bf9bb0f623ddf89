/** Everything that is said to and by the workflows. Names are wire format: they never change. */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { RenewCertificatesRequest } from '../domain/certificates/renewal-request.js';
import type { BackupRequest } from '../domain/backup/backup-request.js';
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import type { ErrorCode } from '../domain/errors.js';
import type { MoveMachinesRequest } from '../domain/hosts/move-machines.js';
import type { HealRequest } from '../domain/health/heal-request.js';
import type { DayTwoKind, OperationKind } from '../domain/operation-kind.js';
import type { Phase } from '../domain/phase.js';
import type { Plan } from '../domain/plan.js';
import type { RestoreRequest } from '../domain/restore/restore-request.js';
import type { ScaleRequest } from '../domain/scale/scale-request.js';
import type { RotateSecretsRequest } from '../domain/secrets/rotation-request.js';
import type { NodeRecord, StepAction, StepRecord } from '../domain/step-record.js';
import type { UpgradeRequest } from '../domain/upgrade/upgrade-request.js';
import type { VmBackupRequest } from '../domain/vm-backup/vm-backup-request.js';

export const WORKFLOW_TYPES = {
  checkHealth: 'checkHealth',
  cluster: 'cluster',
  plan: 'plan',
  preflight: 'preflight',
  sweep: 'sweep',
  removeBackup: 'removeBackup',
  scheduledBackup: 'scheduledBackup',
  drillBackup: 'drillBackup',
  scheduledDrill: 'scheduledDrill',
  validate: 'validate',
  drainHost: 'drainHost',
  planDrain: 'planDrain',
  observeHosts: 'observeHosts',
  watchCertificates: 'watchCertificates',
  listVmBackups: 'listVmBackups',
} as const;

export interface ProvisionRequest {
  readonly operationId: string;
  readonly definition: ClusterDefinition;
}

export interface DecommissionRequest {
  readonly operationId: string;
  /** Name of the cluster, said once more: a protected one is not removed without it. */
  readonly confirmedName?: string;
}

export interface ProtectionRequest {
  readonly isProtected: boolean;
}

export interface Protection {
  readonly isProtected: boolean;
}

/** What is done to a cluster that is READY. */
export interface OperateRequest {
  readonly operationId: string;
  readonly operation: DayTwoOperation;
}

/** One kind a line: each has a workflow of its own, named in `workflows/lib/day-two.ts`. */
export type DayTwoOperation =
  | { readonly kind: 'scale'; readonly request: ScaleRequest }
  | { readonly kind: 'upgrade'; readonly request: UpgradeRequest }
  | { readonly kind: 'backup'; readonly request: BackupRequest }
  | { readonly kind: 'restore'; readonly request: RestoreRequest }
  | { readonly kind: 'heal'; readonly request: HealRequest }
  | { readonly kind: 'renew-certificates'; readonly request: RenewCertificatesRequest }
  | { readonly kind: 'rotate-secrets'; readonly request: RotateSecretsRequest }
  | { readonly kind: 'move-machines'; readonly request: MoveMachinesRequest }
  | { readonly kind: 'vm-backup'; readonly request: VmBackupRequest };

/** What the workflow of such an operation is started with. */
export interface DayTwoInput<R = unknown> {
  readonly clusterUid: string;
  readonly definition: ClusterDefinition;
  /** Of the machines that there are; `null` for a cluster of which none is remembered. */
  readonly plan: Plan | null;
  readonly nodes: readonly NodeRecord[];
  readonly request: R;
}

/** What the workflow of such an operation ends with; a cluster stays READY whatever it is. */
export interface DayTwoResult {
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  /** Why it failed. */
  readonly failure: Failure | null;
  /** What an operator should know of it, such as what could not be undone. */
  readonly notes: readonly string[];
  /** What the cluster is from now on, also after a failure; `null`: what it was. */
  readonly cluster: ChangedCluster | null;
}

export interface ChangedCluster {
  readonly definition: ClusterDefinition;
  readonly plan: Plan;
  readonly nodes: readonly NodeRecord[];
}

export interface CancelRequest {
  readonly operationId: string;
}

export interface PauseState {
  readonly isPaused: boolean;
}

export interface AcceptedOperation {
  readonly operationId: string;
  readonly clusterUid: string;
}

export interface StepDecision {
  /** Id of the step within the workflow that is told. */
  readonly step: string;
  readonly action: StepAction;
}

/** Sent to `cluster/<name>` together with its start. */
export const provisionUpdate = defineUpdate<AcceptedOperation, [ProvisionRequest]>('provision');
/** Sent to `cluster/<name>`. */
export const decommissionUpdate = defineUpdate<AcceptedOperation, [DecommissionRequest]>('decommission');
/** Sent to `cluster/<name>`: whether it is removed only where its name is said once more. */
export const protectUpdate = defineUpdate<Protection, [ProtectionRequest]>('protect');
/** Sent to `cluster/<name>`: queued, and run when those before it are over. */
export const operateUpdate = defineUpdate<AcceptedOperation, [OperateRequest]>('operate');
/** Sent to `cluster/<name>`: takes an operation out of the queue, or has it stop where that is safe. */
export const cancelOperationUpdate = defineUpdate<AcceptedOperation, [CancelRequest]>('cancelOperation');
/** Sent to an operation that can be paused: it touches nothing more until it is resumed. */
export const pauseOperationUpdate = defineUpdate<PauseState>('pauseOperation');
export const resumeOperationUpdate = defineUpdate<PauseState>('resumeOperation');
/** Sent to the operation or node workflow whose step waits. */
export const resolveStepUpdate = defineUpdate<StepRecord, [StepDecision]>('resolveStep');

export const clusterStateQuery = defineQuery<ClusterState>('state');
export const planQuery = defineQuery<Plan | null>('plan');
/** Answered by operation workflows. */
export const operationStateQuery = defineQuery<OperationState>('operationState');

/** From an operation to its cluster. */
export const operationProgressSignal = defineSignal<[OperationProgress]>('operationProgress');
/** From a node to its operation. */
export const nodeProgressSignal = defineSignal<[NodeProgress]>('nodeProgress');
/** From an operation to a node: what the node waited for to join has come true. */
export const joinSignal = defineSignal('join');
/** From an operation to a node: what the node needs to boot is there. */
export const startSignal = defineSignal('start');

/** State of the cluster entity; also what it continues as new with, so: plain JSON, and `version` for upcasting. */
export interface ClusterState {
  readonly version: 1;
  readonly uid: string;
  readonly name: string;
  readonly phase: Phase;
  readonly definition: ClusterDefinition | null;
  readonly plan: Plan | null;
  readonly operation: OperationSummary | null;
  readonly nodes: readonly NodeRecord[];
  readonly failure: Failure | null;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly readyAt: string | null;
  /** How many operations were accepted so far: numbers their workflow ids. */
  readonly operationCount: number;
  /** Accepted and not yet begun. */
  readonly queue: readonly QueuedOperation[];
}

export type QueuedOperation =
  | { readonly kind: 'provision'; readonly id: string; readonly workflowId: string }
  | { readonly kind: 'decommission'; readonly id: string; readonly workflowId: string }
  | QueuedDayTwo;

export interface QueuedDayTwo {
  readonly kind: DayTwoKind;
  readonly id: string;
  readonly workflowId: string;
  /** What was asked for: the operation's own workflow knows what it means. */
  readonly request: unknown;
}

export interface OperationSummary {
  readonly id: string;
  readonly kind: OperationKind;
  readonly workflowId: string;
  readonly status: 'running' | 'succeeded' | 'failed' | 'cancelled';
}

export interface Failure {
  readonly code: ErrorCode;
  readonly detail: string;
}

export interface OperationProgress {
  readonly phase: Phase;
  readonly nodes: readonly NodeRecord[];
  /** Sent once, when it is known. */
  readonly plan?: Plan;
}

export interface OperationState {
  readonly phase: Phase;
  readonly plan: Plan | null;
  readonly nodes: readonly NodeRecord[];
  readonly steps: readonly StepRecord[];
}

export interface NodeProgress {
  readonly node: NodeRecord;
  /** Those that changed since the last report. */
  readonly steps: readonly StepRecord[];
}
