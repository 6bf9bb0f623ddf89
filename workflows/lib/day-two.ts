/** Runs an operation on a cluster that is READY, as a child with a page of its own. */
import { executeChild, isCancellation } from '@temporalio/workflow';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { DayTwoKind } from '../../domain/operation-kind.js';
import { PHASE_DURING } from '../../domain/operation-kind.js';
import { move } from '../../domain/phase.js';
import type { DayTwoInput, DayTwoOperation, DayTwoResult, Failure, QueuedDayTwo } from '../messages.js';
import { failureOf } from './failure.js';
import { requestObjection } from './operation-queue.js';
import type { Outcome, Running } from './run-operation.js';
import { operationAttributes } from './search-attributes.js';

/** Workflow types: named for ever. */
const WORKFLOW_OF: Readonly<Record<DayTwoKind, string>> = {
  scale: 'scale',
  upgrade: 'upgrade',
  backup: 'backup',
  restore: 'restore',
  heal: 'heal',
  'renew-certificates': 'renewCertificates',
  'rotate-secrets': 'rotateSecrets',
  'move-machines': 'moveMachines',
  'vm-backup': 'backUpVms',
};

/** The cluster is READY afterwards, whatever became of the operation; a failure is shown until the next one begins. */
export async function runDayTwo(running: Running & { readonly next: QueuedDayTwo }): Promise<Outcome> {
  const { state, next, enter } = running;
  state.failure = null;
  enter(move(state.phase, PHASE_DURING[next.kind]));
  const { status, failure, notes, cluster } = await resultOf(running);
  if (cluster !== null) {
    state.definition = keptProtection(cluster.definition, state.definition);
    state.plan = cluster.plan;
    state.nodes = cluster.nodes;
  }
  state.failure = failure;
  enter(move(state.phase, 'READY'));
  const said = [...(failure === null ? [] : [`${failure.code}: ${failure.detail}`]), ...notes];
  return { status, detail: said.length === 0 ? null : said.join('; ') };
}

/** It may have been protected while the operation went on. */
function keptProtection(changed: ClusterDefinition, current: ClusterDefinition | null): ClusterDefinition {
  return current?.protected === undefined ? { ...changed } : { ...changed, protected: current.protected };
}

async function resultOf({
  state,
  next,
  definition,
  scope,
}: Running & { readonly next: QueuedDayTwo }): Promise<DayTwoResult> {
  const { kind, request, workflowId } = next;
  const objection = requestObjection(state, { kind, request } as DayTwoOperation);
  if (objection !== null) return failed(objection);
  const { uid: clusterUid, plan, nodes } = state;
  try {
    return await scope.run(() =>
      executeChild<(input: DayTwoInput) => Promise<DayTwoResult>>(WORKFLOW_OF[kind], {
        workflowId,
        args: [{ clusterUid, definition, plan, nodes, request }],
        parentClosePolicy: 'REQUEST_CANCEL',
        cancellationType: 'WAIT_CANCELLATION_COMPLETED',
        staticSummary: `${definition.name}: ${kind}`,
        typedSearchAttributes: operationAttributes(definition, kind),
      }),
    );
  } catch (error) {
    if (isCancellation(error)) return { ...UNCHANGED, status: 'cancelled' };
    return failed(failureOf(error));
  }
}

const UNCHANGED = { failure: null, notes: [], cluster: null } as const;

function failed({ code, detail }: Failure): DayTwoResult {
  return { ...UNCHANGED, status: 'failed', failure: { code, detail } };
}
