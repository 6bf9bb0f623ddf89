/**
 * Looks at the machines of a cluster, decides what is to be done, and asks the cluster for it. Started by the cluster's own
 * Schedule, each look a run of its own; what one leaves to the next is in the store.
 */
import { CancellationScope, setCurrentDetails, uuid4 } from '@temporalio/workflow';
import type { HealthDecision } from '../domain/health/decision.js';
import type { HealRequest } from '../domain/health/heal-request.js';
import type { Asked } from '../activities/orchestration/ask-cluster.js';
import { healthAsMarkdown } from './lib/health-details.js';
import { healthRecords } from './lib/health-activities.js';
import { failureOf, workflowFailure } from './lib/failure.js';
import { lookAtMachines } from './lib/look-at-machines.js';

export interface CheckHealthInput {
  readonly cluster: string;
  /** Only says what would be done. */
  readonly dryRun?: boolean;
}

export type CheckedHealth =
  | {
      readonly kind: 'checked';
      readonly id: string;
      readonly at: string;
      readonly decision: HealthDecision;
      /** The operation that was asked for. */
      readonly operationId: string | null;
      /** Why the cluster refused what was decided. */
      readonly refused: string | null;
    }
  /** Nobody is to look after it, or there is nothing to look at. */
  | { readonly kind: 'not-watched'; readonly reason: string };

export async function checkHealth({ cluster, dryRun = false }: CheckHealthInput): Promise<CheckedHealth> {
  try {
    const read = await healthRecords.readHealthSubject({ cluster });
    if (read.kind === 'not-watched') {
      setCurrentDetails(`Nothing is looked at: ${read.reason}`);
      return read;
    }
    const { subject, guests } = read;
    const { clusterUid, machines, policy } = subject;
    const sights = await lookAtMachines({ clusterUid, machines, guests });
    const id = uuid4();
    const { at, decision } = await healthRecords.judgeHealth({ id, dryRun, subject, sights });
    const show = (said: string | null): void => setCurrentDetails(healthAsMarkdown(cluster, decision, said));
    show(null);
    const checked = { kind: 'checked', id, at, decision, operationId: null, refused: null } as const;
    if (decision.heal === null || dryRun) return checked;

    const { action, machine, group, reasons } = decision.heal;
    const heal = { id, action, machine, group, reasons, readySeconds: policy.readySeconds };
    const { requested, reason } = await asked(cluster, id, heal);
    show(requested ? `The operation ${id} was asked for.` : `The cluster refused it: ${reason ?? ''}`);
    return requested ? { ...checked, operationId: id } : { ...checked, refused: reason };
  } catch (error) {
    throw workflowFailure(error);
  }
}

/** Where nobody knows whether it was asked for, it counts no more: the next look sees what became of it. */
async function asked(cluster: string, id: string, heal: HealRequest): Promise<Asked> {
  try {
    return await healthRecords.requestHeal({ cluster, id, heal });
  } catch (error) {
    await CancellationScope.nonCancellable(() =>
      healthRecords.retractHeal({ id, reason: failureOf(error).detail }),
    );
    throw error;
  }
}
