/** The cluster entity: owns the state of one cluster and runs its operations one after the other, each as a child. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { advance, type Phase } from '../domain/phase.js';
import { ledger } from './lib/activities.js';
import { runDayTwo } from './lib/day-two.js';
import { applicationFailure } from './lib/failure.js';
import {
  cancelObjection,
  decommissionObjection,
  enqueue,
  isDayTwo,
  operationObjection,
  pendingDecommission,
  protectionObjection,
  type Objection,
} from './lib/operation-queue.js';
import { Reporter } from './lib/reporter.js';
import {
  runDecommission,
  runProvision,
  type Mutable,
  type Outcome,
  type Running,
} from './lib/run-operation.js';
import { clusterAttributes } from './lib/search-attributes.js';
import {
  cancelOperationUpdate,
  clusterStateQuery,
  decommissionUpdate,
  operateUpdate,
  operationProgressSignal,
  planQuery,
  protectUpdate,
  provisionUpdate,
  type CancelRequest,
  type ClusterState,
  type DecommissionRequest,
  type OperateRequest,
  type ProtectionRequest,
  type ProvisionRequest,
} from './messages.js';

export interface ClusterInput {
  readonly uid: string;
  readonly name: string;
  /** State that an earlier run of the same cluster continued with. */
  readonly resumed?: ClusterState;
}

export interface ClusterResult {
  readonly uid: string;
  readonly phase: Phase;
}

export async function cluster(input: ClusterInput): Promise<ClusterResult> {
  const state: Mutable<ClusterState> = { ...(input.resumed ?? initialState(input)) };
  const operation: { scope: CancellationScope | null } = { scope: null };

  // The store is only told: lists and answers without a worker come from it. The truth is here.
  const records = new Reporter<never>(async () => {
    const { uid, name, phase, definition, createdAt, updatedAt, failure } = state;
    if (definition === null) return;
    const text = failure === null ? null : `${failure.code}: ${failure.detail}`;
    await CancellationScope.nonCancellable(() =>
      ledger.recordCluster({ uid, name, phase, definition, createdAt, updatedAt, failure: text }),
    );
  });
  const changed = (): void => {
    state.updatedAt = new Date().toISOString();
    setCurrentDetails(detailsOf(state));
    records.touch();
  };
  const enter = (phase: Phase): void => {
    state.phase = phase;
    if (state.definition !== null) upsertSearchAttributes(clusterAttributes(state.definition, phase));
    changed();
  };

  setHandler(clusterStateQuery, () => state);
  setHandler(planQuery, () => state.plan);
  setHandler(operationProgressSignal, ({ phase, nodes, plan }) => {
    // A report may arrive after the operation that sent it was cancelled.
    if (state.operation === null || state.operation.status !== 'running') return;
    const { kind } = state.operation;
    if (kind === 'decommission') return;
    state.nodes = nodes;
    if (plan !== undefined) state.plan = plan;
    if (kind === 'provision') enter(advance(state.phase, phase));
    else changed();
  });
  setHandler(
    provisionUpdate,
    ({ operationId, definition }) => {
      state.definition = definition;
      enqueue(state, operationId, { kind: 'provision' });
      changed();
      return { operationId, clusterUid: state.uid };
    },
    {
      validator: (_request: ProvisionRequest) => {
        if (state.definition === null) return;
        throw applicationFailure('CLUSTER_EXISTS', `cluster "${state.name}" exists and is ${state.phase}`);
      },
    },
  );
  setHandler(
    decommissionUpdate,
    ({ operationId }) => {
      const current = pendingDecommission(state);
      if (current !== undefined) return { operationId: current, clusterUid: state.uid };
      enqueue(state, operationId, { kind: 'decommission' });
      operation.scope?.cancel();
      changed();
      return { operationId, clusterUid: state.uid };
    },
    {
      validator: (request: DecommissionRequest) =>
        refuse(decommissionObjection(state, request.confirmedName)),
    },
  );
  setHandler(
    protectUpdate,
    ({ isProtected }) => {
      if (state.definition !== null) state.definition = { ...state.definition, protected: isProtected };
      changed();
      return { isProtected };
    },
    { validator: (_request: ProtectionRequest) => refuse(protectionObjection(state)) },
  );

  setHandler(
    operateUpdate,
    ({ operationId, operation: asked }) => {
      enqueue(state, operationId, asked);
      changed();
      return { operationId, clusterUid: state.uid };
    },
    { validator: ({ operation: asked }: OperateRequest) => refuse(operationObjection(state, asked)) },
  );
  setHandler(
    cancelOperationUpdate,
    async ({ operationId }) => {
      const queued = state.queue.find(({ id }) => id === operationId);
      if (queued === undefined) {
        operation.scope?.cancel();
      } else {
        state.queue = state.queue.filter(({ id }) => id !== operationId);
        const outcome = { outcome: 'cancelled', detail: 'it had not begun' } as const;
        await ledger.finishOperation({ id: operationId, ...outcome });
      }
      changed();
      return { operationId, clusterUid: state.uid };
    },
    { validator: ({ operationId }: CancelRequest) => refuse(cancelObjection(state, operationId)) },
  );

  while (state.phase !== 'GONE') {
    await condition(() => state.queue.length > 0 || workflowInfo().continueAsNewSuggested);
    const [next, ...rest] = state.queue;
    if (next === undefined || state.definition === null) {
      await condition(allHandlersFinished);
      await records.settled();
      // Somebody may have asked for something while the last word went to the store.
      if (state.queue.length === 0) await continueAsNew<typeof cluster>({ ...input, resumed: state });
      continue;
    }
    state.queue = rest;
    state.operation = { id: next.id, kind: next.kind, workflowId: next.workflowId, status: 'running' };
    operation.scope = new CancellationScope();
    const { definition } = state;
    const outcome = await run({ state, next, definition, enter, scope: operation.scope });
    operation.scope = null;
    state.operation = { ...state.operation, status: outcome.status };
    changed();
    await ledger.finishOperation({ id: next.id, outcome: outcome.status, detail: outcome.detail });
  }
  await condition(allHandlersFinished);
  await records.settled();
  return { uid: state.uid, phase: state.phase };
}

async function run(running: Running): Promise<Outcome> {
  const { next, state } = running;
  if (isDayTwo(next)) {
    // Nothing is begun any more on a cluster that goes.
    if (pendingDecommission(state) === undefined) return runDayTwo({ ...running, next });
    return { status: 'cancelled', detail: 'the cluster is decommissioned' };
  }
  return next.kind === 'provision' ? runProvision(running) : runDecommission(running);
}

function refuse(objection: Objection | null): void {
  if (objection !== null) throw applicationFailure(objection.code, objection.detail);
}

function initialState({ uid, name }: ClusterInput): ClusterState {
  const createdAt = new Date().toISOString();
  return {
    version: 1,
    uid,
    name,
    phase: 'PLANNED',
    definition: null,
    plan: null,
    operation: null,
    nodes: [],
    failure: null,
    createdAt,
    updatedAt: createdAt,
    readyAt: null,
    operationCount: 0,
    queue: [],
  };
}

function detailsOf(state: ClusterState): string {
  const { phase, operation, nodes, failure } = state;
  const ready = nodes.filter((node) => node.ready).length;
  return [
    `**${phase}**`,
    operation === null
      ? ''
      : `Operation: ${operation.kind} (${operation.status}), see \`${operation.workflowId}\``,
    `Nodes ready: ${ready} of ${nodes.length}`,
    failure === null ? '' : `Failure: ${failure.code}`,
  ]
    .filter((line) => line !== '')
    .join('\n\n');
}
