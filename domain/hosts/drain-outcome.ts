/** What came of the drain of a host. */
import type { DrainPlan, DrainStay } from './drain-plan.js';

export interface DrainOutcome {
  readonly status: 'succeeded' | 'failed' | 'cancelled';
  /** Machines that are on another host now. */
  readonly moved: readonly { readonly machine: string; readonly vmid: number; readonly to: string }[];
  /** Machines of ours that are still on the host. */
  readonly left: readonly DrainStay[];
  readonly detail: string | null;
}

/** Where each machine of the plan was seen afterwards; `null`: it is not there any more. */
export type SeenAfterwards = ReadonlyMap<number, string | null>;

export interface Ended {
  readonly wasCancelled: boolean;
  /** Why a cluster did not move its machines, by its name. */
  readonly reasons: Readonly<Record<string, string>>;
}

/** What is seen counts, and not what was reported: a machine that has left has left, whoever moved it. */
export function drainOutcome(
  plan: DrainPlan,
  seen: SeenAfterwards,
  { wasCancelled, reasons }: Ended,
): DrainOutcome {
  const moved = plan.moves.flatMap(({ machine, vmid }) => {
    const to = seen.get(vmid) ?? null;
    return to === null || to === plan.host ? [] : [{ machine, vmid, to }];
  });
  const stuck = plan.moves
    .filter(({ vmid }) => seen.get(vmid) === plan.host)
    .map(({ cluster, machine, vmid }) => {
      return { cluster, machine, vmid, reason: reasons[cluster] ?? 'it was not moved' };
    });
  const left = [...plan.stays.filter(({ vmid }) => seen.get(vmid) === plan.host), ...stuck];
  const detail =
    left.length === 0 ? null : left.map(({ machine, reason }) => `${machine}: ${reason}`).join('; ');
  const status = wasCancelled ? 'cancelled' : left.length === 0 ? 'succeeded' : 'failed';
  return { status, moved, left, detail };
}
