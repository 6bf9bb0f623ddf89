/** The cluster entity: owns the state of one cluster and runs its operations one after the other, each as a child. */
import {
  allHandlersFinished,
  CancellationScope,
  condition,
  continueAsNew,
  executeChild,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import { workflowIds } from '../domain/ids.js';
import { advance, move, type Phase } from '../domain/phase.js';
import { hasRecords } from '../domain/services/name-server.js';
import { usesProxmoxCsi } from '../domain/services/proxmox-csi.js';
import { teardownStages } from '../domain/services/teardown.js';
import { upcastDefinition } from '../domain/upcast.js';
import type { decommission } from './decommission.js';
import { ledger } from './lib/activities.js';
import { applicationFailure, failureOf } from './lib/failure.js';
import { Reporter } from './lib/reporter.js';
import { clusterAttributes, operationAttributes } from './lib/search-attributes.js';
import {
  clusterStateQuery,
  decommissionUpdate,
  operationProgressSignal,
  planQuery,
  provisionUpdate,
  type ClusterState,
  type DecommissionRequest,
  type OperationSummary,
  type ProvisionRequest,
  type QueuedOperation,
} from './messages.js';
import type { provision } from './provision.js';

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

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

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
    if (state.operation?.kind !== 'provision' || state.operation.status !== 'running') return;
    state.nodes = nodes;
    if (plan !== undefined) state.plan = plan;
    enter(advance(state.phase, phase));
  });
  setHandler(
    provisionUpdate,
    ({ operationId, definition }) => {
      state.definition = definition;
      enqueue(state, 'provision', operationId);
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
      enqueue(state, 'decommission', operationId);
      operation.scope?.cancel();
      changed();
      return { operationId, clusterUid: state.uid };
    },
    {
      validator: (_request: DecommissionRequest) => {
        if (state.definition !== null && state.phase !== 'GONE') return;
        throw applicationFailure('CLUSTER_NOT_FOUND', `there is no cluster "${state.name}"`);
      },
    },
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
    const run = next.kind === 'provision' ? runProvision : runDecommission;
    const outcome = await run({ state, next, definition: state.definition, enter, scope: operation.scope });
    operation.scope = null;
    state.operation = { ...state.operation, status: outcome.status };
    changed();
    await ledger.finishOperation({ id: next.id, outcome: outcome.status, detail: outcome.detail });
  }
  await condition(allHandlersFinished);
  await records.settled();
  return { uid: state.uid, phase: state.phase };
}

interface Running {
  readonly state: Mutable<ClusterState>;
  readonly next: QueuedOperation;
  readonly definition: ClusterDefinition;
  readonly enter: (phase: Phase) => void;
  readonly scope: CancellationScope;
}

interface Outcome {
  readonly status: Exclude<OperationSummary['status'], 'running'>;
  readonly detail: string | null;
}

async function runProvision({ state, next, definition, enter, scope }: Running): Promise<Outcome> {
  const failed = (code: Parameters<typeof applicationFailure>[0], detail: string): Outcome => {
    state.failure = { code, detail };
    enter(move(state.phase, 'FAILED'));
    return { status: 'failed', detail: `${code}: ${detail}` };
  };
  enter(state.phase);
  try {
    const result = await scope.run(() =>
      executeChild<typeof provision>('provision', {
        workflowId: next.workflowId,
        args: [{ clusterUid: state.uid, definition }],
        parentClosePolicy: 'REQUEST_CANCEL',
        cancellationType: 'WAIT_CANCELLATION_COMPLETED',
        staticSummary: `Provision ${definition.name}: ${definition.type} ${definition.version}`,
        typedSearchAttributes: operationAttributes(definition, 'provision'),
      }),
    );
    if (result.kind === 'failed') {
      const residue = result.residue.length > 0 ? `; left behind: ${result.residue.join('; ')}` : '';
      return failed(result.failure.code, result.failure.detail + residue);
    }
    state.nodes = result.nodes;
    state.readyAt = new Date().toISOString();
    enter(advance(state.phase, 'READY'));
    return { status: 'succeeded', detail: null };
  } catch (error) {
    if (isCancellation(error) && scope.consideredCancelled) {
      return { status: 'cancelled', detail: 'the cluster is decommissioned' };
    }
    const { code, detail } = failureOf(error);
    return failed(code, detail);
  }
}

async function runDecommission({ state, next, definition, enter }: Running): Promise<Outcome> {
  enter(move(state.phase, 'DECOMMISSIONING'));
  try {
    const upcast = upcastDefinition(definition);
    await executeChild<typeof decommission>('decommission', {
      workflowId: next.workflowId,
      args: [
        {
          ...{ clusterUid: state.uid, cluster: definition.name, type: definition.type },
          ...(hasRecords(upcast) ? { hasRecords: true } : {}),
          ...(usesProxmoxCsi(definition) ? { hasVolumes: true } : {}),
          stages: teardownStages(upcast),
        },
      ],
      parentClosePolicy: 'ABANDON',
      staticSummary: `Decommission ${definition.name}`,
      typedSearchAttributes: operationAttributes(definition, 'decommission'),
    });
    state.nodes = [];
    enter(move(state.phase, 'GONE'));
    return { status: 'succeeded', detail: null };
  } catch (error) {
    const { code, detail } = failureOf(error);
    state.failure = { code, detail };
    enter(move(state.phase, 'FAILED'));
    return { status: 'failed', detail: `${code}: ${detail}` };
  }
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

function enqueue(state: Mutable<ClusterState>, kind: QueuedOperation['kind'], id: string): void {
  state.operationCount += 1;
  const workflowId = workflowIds.operation(state.name, `${kind}-${state.operationCount}`);
  state.queue = [...state.queue, { kind, id, workflowId }];
}

/** Asking twice for the end of a cluster is asking for the same thing. */
function pendingDecommission(state: ClusterState): string | undefined {
  const { operation, queue } = state;
  if (operation?.kind === 'decommission' && operation.status === 'running') return operation.id;
  return queue.find(({ kind }) => kind === 'decommission')?.id;
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
