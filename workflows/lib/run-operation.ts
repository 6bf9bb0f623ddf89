/** How a cluster runs the operations that make it and that end it, each as a child. */
import { executeChild, isCancellation, type CancellationScope } from '@temporalio/workflow';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { advance, move, type Phase } from '../../domain/phase.js';
import { hasRecords } from '../../domain/services/name-server.js';
import { usesProxmoxCsi } from '../../domain/services/proxmox-csi.js';
import { teardownStages } from '../../domain/services/teardown.js';
import { upcastDefinition } from '../../domain/upcast.js';
import type { decommission } from '../decommission.js';
import type { ClusterState, OperationSummary, QueuedOperation } from '../messages.js';
import type { provision } from '../provision.js';
import { failureOf, type applicationFailure } from './failure.js';
import { operationAttributes } from './search-attributes.js';

export type Mutable<T> = { -readonly [K in keyof T]: T[K] };

export interface Running {
  readonly state: Mutable<ClusterState>;
  readonly next: QueuedOperation;
  readonly definition: ClusterDefinition;
  readonly enter: (phase: Phase) => void;
  readonly scope: CancellationScope;
}

export interface Outcome {
  readonly status: Exclude<OperationSummary['status'], 'running'>;
  readonly detail: string | null;
}

export async function runProvision({ state, next, definition, enter, scope }: Running): Promise<Outcome> {
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

export async function runDecommission({ state, next, definition, enter }: Running): Promise<Outcome> {
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
