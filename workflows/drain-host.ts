/**
 * Empties a Proxmox host: asks one cluster after the other to move its machines, so that of all clusters at most one
 * machine is on its way. What is seen at the end decides what came of it.
 */
import {
  CancellationScope,
  isCancellation,
  setCurrentDetails,
  uuid4,
  type ActivityOptions,
} from '@temporalio/workflow';
import { drainOutcome, type DrainOutcome } from '../domain/hosts/drain-outcome.js';
import type { DrainMove, DrainPlan } from '../domain/hosts/drain-plan.js';
import type { DrainRequest } from '../domain/hosts/drain-request.js';
import { proxmox } from './lib/activities.js';
import { drainAsMarkdown } from './lib/drain-details.js';
import { failureOf, workflowFailure } from './lib/failure.js';
import { hosts } from './lib/host-activities.js';
import { makeDrainPlan } from './lib/make-drain-plan.js';

export interface DrainHostInput {
  readonly host: string;
  /** Among the drains of the host. */
  readonly number: number;
  readonly request: DrainRequest;
}

/** Longer than it takes to replace a worker, or for a host to answer again. */
const LOOK: ActivityOptions = { scheduleToCloseTimeout: '15 minutes' };
const ASK: ActivityOptions = { scheduleToCloseTimeout: '1 hour' };

export async function drainHost(input: DrainHostInput): Promise<DrainOutcome> {
  const { host, number } = input;
  let plan: DrainPlan | null = null;
  const reasons: Record<string, string> = {};
  let outcome: DrainOutcome;
  try {
    // First: what is planned meanwhile must not come to be here.
    await hosts.markHost.executeWithOptions(LOOK, [{ host }]);
    plan = await makeDrainPlan(input, LOOK);
    await hosts.recordDrainPlan.executeWithOptions(LOOK, [{ host, number, plan }]);
    for (const [cluster, moves] of byCluster(plan.moves)) {
      setCurrentDetails(drainAsMarkdown(plan, cluster, reasons));
      const reason = await moveAll(input, cluster, moves);
      if (reason !== null) reasons[cluster] = reason;
    }
    outcome = await outcomeOf(plan, { wasCancelled: false, reasons });
  } catch (error) {
    const wasCancelled = isCancellation(error);
    const seen = plan;
    outcome = await CancellationScope.nonCancellable(() => brokenOff(seen, error, { wasCancelled, reasons }));
  }
  if (plan !== null) setCurrentDetails(drainAsMarkdown(plan, null, reasons));
  try {
    await CancellationScope.nonCancellable(() =>
      hosts.endDrain.executeWithOptions(ASK, [{ host, number, outcome }]),
    );
  } catch (error) {
    throw workflowFailure(error);
  }
  return outcome;
}

/** @returns why not all of them were moved; `null` when they were. */
async function moveAll(
  { host, request }: DrainHostInput,
  cluster: string,
  moves: readonly DrainMove[],
): Promise<string | null> {
  const operationId = uuid4();
  const { drainTimeoutSeconds } = request;
  const machines = moves.map(({ machine: name, to, mode, isRunning }) => ({ name, to, mode, isRunning }));
  try {
    const { requested, reason } = await hosts.requestMoves.executeWithOptions(ASK, [
      { cluster, operationId, moves: { from: host, machines, drainTimeoutSeconds } },
    ]);
    if (!requested) return reason;
    const { status, detail } = await hosts.awaitMoves({ operationId });
    return status === 'succeeded' ? null : (detail ?? `its operation ${operationId} was ${status}`);
  } catch (error) {
    if (!isCancellation(error)) throw error;
    // The cluster ends the move that is under way, and begins no other one.
    await CancellationScope.nonCancellable(async () => {
      await hosts.cancelMoves.executeWithOptions(ASK, [{ cluster, operationId }]);
      await hosts.awaitMoves({ operationId });
    });
    throw error;
  }
}

async function outcomeOf(
  plan: DrainPlan,
  ended: { readonly wasCancelled: boolean; readonly reasons: Readonly<Record<string, string>> },
): Promise<DrainOutcome> {
  const { guests } = await proxmox.observeHosts.executeWithOptions(LOOK, [{}]);
  const seen = new Map(guests.map(({ vmid, host }) => [vmid, host]));
  return drainOutcome(plan, seen, ended);
}

async function brokenOff(
  plan: DrainPlan | null,
  error: unknown,
  ended: { readonly wasCancelled: boolean; readonly reasons: Readonly<Record<string, string>> },
): Promise<DrainOutcome> {
  const status = ended.wasCancelled ? 'cancelled' : 'failed';
  const { code, detail } = failureOf(error);
  const why = ended.wasCancelled ? null : `${code}: ${detail}`;
  const unseen = { status, moved: [], left: [], detail: why } as const;
  if (plan === null) return unseen;
  try {
    const outcome = await outcomeOf(plan, ended);
    const said = [why, outcome.detail].filter((text) => text !== null);
    return { ...outcome, status, detail: said.length === 0 ? null : said.join('; ') };
  } catch (blind) {
    const { code: seenCode, detail: seenDetail } = failureOf(blind);
    return {
      ...unseen,
      detail: `${why ?? 'it was cancelled'}; what is left is not known: ${seenCode}: ${seenDetail}`,
    };
  }
}

/** In the order of the plan. */
function byCluster(moves: readonly DrainMove[]): ReadonlyMap<string, readonly DrainMove[]> {
  const groups = new Map<string, DrainMove[]>();
  for (const move of moves) groups.set(move.cluster, [...(groups.get(move.cluster) ?? []), move]);
  return groups;
}
