/** Takes a machine out of etcd: looks, does the one step that comes next, and looks again. */
import { ClusterwrightError, fail } from '../../domain/errors.js';
import { nextRemovalStep, type RemovalStep } from '../../domain/etcd/removal-step.js';
import { leaderOf, type EtcdStatus } from '../../domain/etcd/status.js';
import type { Pulse } from '../ssh/heartbeat.js';
import type { EtcdDriver } from './driver.js';
import { serverOf } from './server-of.js';
import { readStatus } from './read.js';
import type { EtcdServer } from './target.js';

export interface EtcdRemoval {
  readonly servers: readonly EtcdServer[];
  /** Name of the machine that leaves. */
  readonly node: string;
}

export interface EtcdRemovalResult {
  /** Members that this attempt removed, with the proof that the quorum is kept. */
  readonly removed: readonly { readonly id: string; readonly proof: string }[];
  readonly warnings: readonly string[];
}

const PAUSE_MS = 1_000;
/** A leader moved, a learner and a voter removed, and each of them looked for once more. */
const MOST_LOOKS = 8;

/**
 * Each step is proved by what was just seen. Can be broken off and repeated at any time.
 * @throws `ETCD_CHANGE_REFUSED` with the reasons, before anything was changed by this step; `ETCD_NOT_SETTLED` when it is
 *   a member all the same; `ETCD_UNREACHABLE`, `ETCD_REJECTED`.
 */
export async function removeMember(
  driver: EtcdDriver,
  { servers, node }: EtcdRemoval,
  pulse: Pulse,
): Promise<EtcdRemovalResult> {
  const removed: { id: string; proof: string }[] = [];
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    const status = await readStatus(driver, servers);
    const step = nextRemovalStep(status, node);
    if (step.kind === 'done') return { removed, warnings: await retire(driver, servers, node) };
    if (step.kind === 'refused') {
      throw fail('ETCD_CHANGE_REFUSED', `${node} may not leave: ${step.reasons.join('; ')} (${step.proof})`);
    }
    const outcome = await attempt(() => take(driver, step, { status, servers }));
    if (step.kind === 'remove' && outcome === null) removed.push({ id: step.member.id, proof: step.proof });
    pulse.say(outcome ?? (step.kind === 'remove' ? step.proof : `the leader moves to ${step.to.node ?? ''}`));
    await pulse.pause(PAUSE_MS);
  }
  throw fail('ETCD_NOT_SETTLED', `${node} is still a member after ${MOST_LOOKS} looks`);
}

type Change = Exclude<RemovalStep, { kind: 'done' | 'refused' }>;

async function take(
  driver: EtcdDriver,
  step: Change,
  { status, servers }: { readonly status: EtcdStatus; readonly servers: readonly EtcdServer[] },
): Promise<void> {
  if (step.kind === 'move-leader') return driver.moveLeader(serverOf(servers, step.from), step.to);
  // The leader stays: the proof says so.
  const leader = leaderOf(status);
  if (leader === undefined) throw fail('ETCD_NOT_SETTLED', 'etcd has no leader');
  return driver.removeMember(serverOf(servers, leader), step.member);
}

/** @returns what is said of a change that failed, or of which nobody knows whether it did: the next look shows. */
async function attempt(change: () => Promise<void>): Promise<string | null> {
  try {
    await change();
    return null;
  } catch (error) {
    if (!(error instanceof ClusterwrightError) || error.kind.retry === 'never') throw error;
    return error.message;
  }
}

/** Of a machine that is off already there is nothing to fear. */
async function retire(driver: EtcdDriver, servers: readonly EtcdServer[], node: string): Promise<string[]> {
  const server = servers.find((each) => each.node === node);
  if (server === undefined) return [];
  try {
    await driver.retire(server);
    return [];
  } catch (error) {
    if (!(error instanceof ClusterwrightError)) throw error;
    return [`${node} may join again until its machine is stopped: ${error.message}`];
  }
}
