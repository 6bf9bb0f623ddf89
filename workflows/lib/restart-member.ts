/** Machines of a control plane that are away for a moment, one after the other. */
import { sleep, type ActivityOptions } from '@temporalio/workflow';
import { mayRestart } from '../../domain/certificates/stop-proof.js';
import type { EtcdStatus } from '../../domain/etcd/status.js';
import { etcd, kubernetes } from './activities.js';
import { etcdTarget, hasMembers } from './etcd.js';
import { applicationFailure, failureOf } from './failure.js';
import type { InPlaceRun } from './in-place-run.js';

/** Looks again for a while: a member that has only just come back catches up by itself. */
const LOOKS = 12;
const PAUSE_SECONDS = 5;

/** Whether another machine takes over: a lone one has nobody to lose. */
export function hasOthers(run: InPlaceRun): boolean {
  return run.controlPlane().length > 1 && hasMembers(run.definition);
}

/**
 * @param machine name. @param haveRunOut whether certificates of the control plane have: only then it is right that etcd
 *   has no quorum, or does not answer; otherwise it may have one that is not seen.
 * @returns whether etcd had its quorum.
 * @throws `ETCD_CHANGE_REFUSED` with the proof, `ETCD_UNREACHABLE`
 */
export async function proveRestart(
  run: InPlaceRun,
  machine: string,
  haveRunOut: boolean,
  options: ActivityOptions,
): Promise<{ readonly hadQuorum: boolean }> {
  for (let look = 1; ; look += 1) {
    const status = await readMembers(run, haveRunOut, options);
    if (status === null) return { hadQuorum: false };
    const proved = mayRestart(status, machine, haveRunOut);
    if (proved.kind === 'ok') return { hadQuorum: status.hasQuorum };
    const detail = `${machine} may not restart: ${proved.reasons.join('; ')} (${proved.proof})`;
    if (look === LOOKS) throw applicationFailure('ETCD_CHANGE_REFUSED', detail);
    await sleep(`${PAUSE_SECONDS} seconds`, { summary: detail });
  }
}

/** @returns `null` where no member answers, as after certificates have run out: then there is no quorum to lose. */
async function readMembers(
  run: InPlaceRun,
  haveRunOut: boolean,
  options: ActivityOptions,
): Promise<EtcdStatus | null> {
  try {
    const once = { ...options, retry: { maximumAttempts: 3 } };
    return await etcd.readEtcd.executeWithOptions(once, [etcdTarget(run, run)]);
  } catch (error) {
    if (haveRunOut && failureOf(error).code === 'ETCD_UNREACHABLE') return null;
    throw error;
  }
}

/** Waits until the node is Ready. */
export async function untilReady(run: InPlaceRun, node: string, options: ActivityOptions): Promise<void> {
  const { clusterUid } = run;
  const expected = { clusterUid, node, version: null, votes: false };
  await kubernetes.waitForNode.executeWithOptions(options, [expected]);
}

/** Waits until the machines vote, are healthy and have caught up. */
export async function untilVoting(
  run: InPlaceRun,
  nodes: readonly string[],
  options: ActivityOptions,
): Promise<void> {
  await etcd.waitForEtcdVoters.executeWithOptions(options, [{ ...etcdTarget(run, run), nodes }]);
}
