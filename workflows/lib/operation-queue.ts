/** The operations of a cluster that wait for their turn, and which of them may be asked for. */
import type { ClusterType } from '../../domain/cluster-definition.js';
import type { ErrorCode } from '../../domain/errors.js';
import { workflowIds } from '../../domain/ids.js';
import { healObjection } from '../../domain/health/heal-request.js';
import { isMade } from '../../domain/phase.js';
import { scaleObjection } from '../../domain/scale/scale-objection.js';
import { withServices } from '../../domain/services/service-groups.js';
import { rotationObjection, type RotateSecretsRequest } from '../../domain/secrets/rotation-request.js';
import { upcastDefinition } from '../../domain/upcast.js';
import { upgradeObjection } from '../../domain/upgrade/upgrade-objection.js';
import { vmBackupObjection } from '../../domain/vm-backup/vm-backup-objection.js';
import { platformOf } from '../../platforms/registry.js';
import type { Mutable } from './run-operation.js';
import type { ClusterState, DayTwoOperation, QueuedDayTwo, QueuedOperation } from '../messages.js';

export interface Objection {
  readonly code: ErrorCode;
  readonly detail: string;
}

export function enqueue(
  state: Mutable<ClusterState>,
  id: string,
  operation: { readonly kind: 'provision' | 'decommission' } | DayTwoOperation,
): void {
  state.operationCount += 1;
  const workflowId = workflowIds.operation(state.name, `${operation.kind}-${state.operationCount}`);
  state.queue = [...state.queue, { ...operation, id, workflowId }];
}

export function isDayTwo(queued: QueuedOperation): queued is QueuedDayTwo {
  return queued.kind !== 'provision' && queued.kind !== 'decommission';
}

/** Asking twice for the end of a cluster is asking for the same thing. */
export function pendingDecommission(state: ClusterState): string | undefined {
  const { operation, queue } = state;
  if (operation?.kind === 'decommission' && operation.status === 'running') return operation.id;
  return queue.find(({ kind }) => kind === 'decommission')?.id;
}

/** Why the cluster cannot be removed; `null` when it can. One that goes already is not asked about it again. */
export function decommissionObjection(state: ClusterState, confirmedName?: string): Objection | null {
  const missing = protectionObjection(state);
  if (missing !== null) return missing;
  const { name, definition } = state;
  const isProtected = definition?.protected === true && pendingDecommission(state) === undefined;
  if (!isProtected || confirmedName === name) return null;
  const said = confirmedName === undefined ? '' : `, and "${confirmedName}" is not its name`;
  return { code: 'CLUSTER_PROTECTED', detail: `cluster "${name}" is protected${said}` };
}

/** Why the cluster cannot be protected, or its protection taken off. */
export function protectionObjection({ name, phase, definition }: ClusterState): Objection | null {
  if (definition !== null && phase !== 'GONE') return null;
  return { code: 'CLUSTER_NOT_FOUND', detail: `there is no cluster "${name}"` };
}

/** Why the operation cannot be queued, as the cluster is now; `null` when it can. */
export function operationObjection(state: ClusterState, operation: DayTwoOperation): Objection | null {
  const { name, phase, definition } = state;
  if (definition === null || phase === 'GONE') {
    return { code: 'CLUSTER_NOT_FOUND', detail: `there is no cluster "${name}"` };
  }
  if (pendingDecommission(state) !== undefined) {
    return { code: 'PHASE_CONFLICT', detail: `cluster "${name}" is being decommissioned` };
  }
  if (!isMade(phase)) {
    const detail = `cluster "${name}" is ${phase}: a ${operation.kind} needs one that is READY`;
    return { code: 'PHASE_CONFLICT', detail };
  }
  return requestObjection(state, operation);
}

/** What the definition has against it. Asked again when its turn comes: those before it may have changed what there is. */
export function requestObjection(
  { definition, nodes }: Pick<ClusterState, 'definition' | 'nodes'>,
  operation: DayTwoOperation,
): Objection | null {
  if (definition === null) return null;
  const upcast = upcastDefinition(definition);
  switch (operation.kind) {
    case 'scale':
      return scaleObjection(upcast, operation.request);
    case 'upgrade': {
      const isUpgradable = platformOf(definition.type).upgradeSteps !== undefined;
      return upgradeObjection({ definition: upcast, nodes, isUpgradable }, operation.request);
    }
    case 'heal':
      return healObjection(withServices(upcast), operation.request);
    case 'rotate-secrets':
      return secretsObjection(definition.type, operation.request);
    case 'restore':
      return restoreObjection(definition.type);
    case 'vm-backup':
      return vmBackupObjection(withServices(upcast), operation.request);
    case 'backup':
    case 'renew-certificates':
    case 'move-machines':
      return null;
  }
}

function secretsObjection(type: ClusterType, { secrets }: RotateSecretsRequest): Objection | null {
  const reasons = secrets.flatMap((secret) => {
    const reason = rotationObjection(type, secret);
    return reason === null ? [] : [`${secret}: ${reason}`];
  });
  return reasons.length === 0 ? null : { code: 'SECRET_NOT_ROTATABLE', detail: reasons.join('; ') };
}

function restoreObjection(type: ClusterType): Objection | null {
  if (platformOf(type).restore !== undefined) return null;
  const detail = `a snapshot of etcd cannot be put back into a cluster of ${type} by the service`;
  return { code: 'RESTORE_NOT_POSSIBLE', detail };
}

/** Why the operation cannot be cancelled; `null` when it can. */
export function cancelObjection({ operation, queue }: ClusterState, operationId: string): Objection | null {
  const queued = queue.find(({ id }) => id === operationId);
  const running = operation?.id === operationId && operation.status === 'running' ? operation : undefined;
  const kind = queued?.kind ?? running?.kind;
  if (kind === undefined) {
    return { code: 'OPERATION_OVER', detail: `operation ${operationId} neither runs nor waits for its turn` };
  }
  if (kind !== 'provision' && kind !== 'decommission') return null;
  const instead = kind === 'provision' ? 'decommission the cluster instead' : 'it can only be gone on with';
  return { code: 'PHASE_CONFLICT', detail: `a ${kind} is not cancelled: ${instead}` };
}
