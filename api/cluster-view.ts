/** What is shown of a cluster: from its workflows while they answer, else the last that the store was told. */
import { ClusterwrightError, ERRORS, fail, type ErrorCode } from '../domain/errors.js';
import type { StepRecord } from '../domain/step-record.js';
import type { ClusterRecord } from '../store/store.js';
import type { ClusterState, OperationState } from '../workflows/messages.js';
import type { ApiDependencies } from './dependencies.js';

/** @throws `CLUSTER_NOT_FOUND` */
export async function clusterView(dependencies: ApiDependencies, name: string) {
  const { orchestrator, store } = dependencies;
  const state = await stateOf(dependencies, name);
  if (state?.definition) {
    const { operation } = state;
    if (operation === null) return liveView(state, state.definition, undefined, []);
    // What has ended does not change any more, and Temporal would have to make it anew from its history.
    const kept =
      operation.status === 'running'
        ? []
        : await store.operationSteps.of({ clusterUid: state.uid, workflowId: operation.workflowId });
    if (kept.length > 0) return liveView(state, state.definition, undefined, kept);
    const live = await unlessUnavailable(() => orchestrator.operationState(operation.workflowId));
    return liveView(state, state.definition, live, live?.steps ?? []);
  }
  const record = await store.clusters.get(name);
  if (record === undefined) throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${name}"`);
  return staleView(record);
}

async function stateOf({ orchestrator }: ApiDependencies, name: string): Promise<ClusterState | undefined> {
  return unlessUnavailable(() => orchestrator.clusterState(name));
}

/** While Temporal or the workers are away, what the store knows is better than nothing. */
async function unlessUnavailable<T>(ask: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof ClusterwrightError && error.kind.httpStatus === 503) return undefined;
    throw error;
  }
}

function liveView(
  state: ClusterState,
  definition: NonNullable<ClusterState['definition']>,
  live: OperationState | undefined,
  steps: readonly StepRecord[],
) {
  const { uid, name, phase, createdAt, updatedAt, readyAt, operation, plan, nodes, failure } = state;
  const isProvision = operation?.kind === 'provision';
  const knowsNodes = live !== undefined && live.nodes.length > 0;
  return {
    name,
    uid,
    type: definition.type,
    version: definition.version,
    phase,
    createdAt,
    updatedAt,
    stale: false,
    operation:
      operation === null ? null : { id: operation.id, kind: operation.kind, status: operation.status },
    definition,
    plan: (isProvision ? live?.plan : undefined) ?? plan,
    // The operation knows its nodes step by step; the cluster only what has come of them.
    nodes: operation?.status === 'running' && knowsNodes ? live.nodes : nodes,
    steps: steps.map((step) => ({
      ...step,
      seconds: secondsBetween(step.startedAt, step.endedAt),
    })),
    failure: failure === null ? null : failureView(failure.code, failure.detail),
    timings: { startedAt: createdAt, readyAt, seconds: secondsBetween(createdAt, readyAt) },
  };
}

function staleView(record: ClusterRecord) {
  const { definition, phase, createdAt, failure } = record;
  const [code, ...detail] = (failure ?? '').split(': ');
  return {
    ...clusterSummary(record),
    stale: phase !== 'GONE',
    operation: null,
    definition,
    plan: null,
    nodes: [],
    steps: [],
    failure: failure === null ? null : failureView(code as ErrorCode, detail.join(': ')),
    timings: { startedAt: createdAt, readyAt: null, seconds: null },
  };
}

export function clusterSummary({ name, uid, definition, phase, createdAt, updatedAt }: ClusterRecord) {
  const { type, version } = definition;
  return { name, uid, type, version, phase, createdAt, updatedAt };
}

function failureView(code: ErrorCode, detail: string) {
  return { code, detail, remedy: ERRORS[code].remedy };
}

function secondsBetween(from: string | null, to: string | null): number | null {
  if (from === null || to === null) return null;
  return (Date.parse(to) - Date.parse(from)) / 1_000;
}
