/** Whether a change of etcd's membership keeps its quorum, and why: nothing is changed without such a proof. */
import { leaderOf, memberTitle, quorumOf, votersOf, type EtcdMember, type EtcdStatus } from './status.js';

export type QuorumProof =
  | { readonly kind: 'ok'; readonly proof: string }
  | { readonly kind: 'refused'; readonly proof: string; readonly reasons: readonly string[] };

/**
 * Entries of the log that a voter may be behind the furthest one and still count as caught up: what a busy cluster
 * writes between two looks.
 */
export const MOST_LAG = 1_000;

/**
 * May the member be taken out, for ever, by the next call?
 *
 * A healthy voter goes only when all others are healthy and caught up and it does not lead; a failed one goes when what
 * is left is a majority of what is left. A learner counts for nothing, and may always go. While a member is being added
 * no voter goes: of two changes at once each would be proved by a membership that the other one ends.
 */
export function mayRemove(status: EtcdStatus, memberId: string): QuorumProof {
  const member = status.members.find(({ id }) => id === memberId);
  if (member === undefined) return { kind: 'ok', proof: 'it is no member' };
  const reasons: string[] = [];
  if (!status.hasQuorum) reasons.push('etcd has no quorum, and changes nothing without one');
  if (!member.isLearner) reasons.push(...voterObjections(status, member));
  const proof = removalProof(status, member);
  return reasons.length === 0 ? { kind: 'ok', proof } : { kind: 'refused', proof, reasons };
}

/**
 * May the machine of the member be stopped for a while, as for a reboot or an upgrade? It stays a member, so what is left
 * has to be a majority of all.
 */
export function mayStop(status: EtcdStatus, memberId: string): QuorumProof {
  const member = status.members.find(({ id }) => id === memberId);
  const voters = votersOf(status);
  const others = voters.filter(({ id }) => id !== memberId);
  const left = others.filter(({ isHealthy }) => isHealthy);
  const needed = quorumOf(voters.length);
  const proof = `${left.length} of ${voters.length} voters stay healthy (${titles(left)}), and ${needed} are needed`;
  if (member === undefined || member.isLearner) return { kind: 'ok', proof };
  const reasons: string[] = [];
  if (left.length < needed) reasons.push('etcd would lose its quorum');
  // A member that is stopped already loses nothing more.
  if (member.isHealthy) reasons.push(...unhealthy(others), ...lagging(others), ...alarmed(status, memberId));
  return reasons.length === 0 ? { kind: 'ok', proof } : { kind: 'refused', proof, reasons };
}

/** May a machine be added? It comes as a learner, and one at a time. */
export function mayAdd(status: EtcdStatus): QuorumProof {
  const voters = votersOf(status);
  const proof = `${voters.filter(({ isHealthy }) => isHealthy).length} of ${voters.length} voters are healthy`;
  const reasons = [
    ...(status.hasQuorum ? [] : ['etcd has no quorum, and changes nothing without one']),
    ...unhealthy(voters),
    ...newcomers(status.members),
    ...alarmed(status, null),
  ];
  return reasons.length === 0 ? { kind: 'ok', proof } : { kind: 'refused', proof, reasons };
}

/** Who leads best after `leaving`: the healthy voter that is furthest; `undefined`: nobody can. */
export function successorOf(status: EtcdStatus, leaving: string): EtcdMember | undefined {
  return votersOf(status)
    .filter(({ id, isHealthy }) => id !== leaving && isHealthy)
    .toSorted((a, b) => (b.appliedIndex ?? 0) - (a.appliedIndex ?? 0) || (a.id < b.id ? -1 : 1))[0];
}

function voterObjections(status: EtcdStatus, member: EtcdMember): string[] {
  const others = votersOf(status).filter(({ id }) => id !== member.id);
  if (others.length === 0) return [`${memberTitle(member)} is the only voter, and all data is with it`];
  const objections = newcomers(status.members.filter(({ id }) => id !== member.id));
  const healthy = others.filter(({ isHealthy }) => isHealthy);
  if (healthy.length < quorumOf(others.length)) {
    objections.push(
      `afterwards ${healthy.length} of ${others.length} voters would be healthy, and ${quorumOf(others.length)} are needed`,
    );
  }
  if (leaderOf(status)?.id === member.id)
    objections.push(`${memberTitle(member)} leads: move the leader first`);
  objections.push(...lagging(healthy));
  if (member.isHealthy) objections.push(...unhealthy(others), ...alarmed(status, member.id));
  return objections;
}

/** Members that are being added, who are not what they are meant to be yet. */
function newcomers(members: readonly EtcdMember[]): string[] {
  return members
    .filter(({ isLearner, name }) => isLearner || name === '')
    .map(
      (member) =>
        `${memberTitle(member)} is being added: it ${member.isLearner ? 'is a learner' : 'has not started'}`,
    );
}

function unhealthy(members: readonly EtcdMember[]): string[] {
  return members
    .filter(({ isHealthy }) => !isHealthy)
    .map((member) => `${memberTitle(member)} is not healthy: ${member.problem ?? 'it does not say why'}`);
}

function lagging(members: readonly EtcdMember[]): string[] {
  const furthest = Math.max(0, ...members.map(({ appliedIndex }) => appliedIndex ?? 0));
  return members
    .map((member) => ({ member, lag: furthest - (member.appliedIndex ?? furthest) }))
    .filter(({ lag }) => lag > MOST_LAG)
    .map(
      ({ member, lag }) =>
        `${memberTitle(member)} is ${lag} entries behind, and at most ${MOST_LAG} may be missing`,
    );
}

/** An alarm of the member that goes is no reason to keep it. */
function alarmed({ alarms, members }: EtcdStatus, leaving: string | null): string[] {
  return alarms
    .filter(({ memberId }) => memberId !== leaving)
    .map(({ memberId, kind }) => {
      const member = members.find(({ id }) => id === memberId);
      return `${member === undefined ? memberId : memberTitle(member)} has raised the alarm ${kind}`;
    });
}

function removalProof(status: EtcdStatus, member: EtcdMember): string {
  const voters = votersOf(status);
  const healthy = voters.filter(({ isHealthy }) => isHealthy);
  const now = `now ${healthy.length} of ${voters.length} voters are healthy (${titles(healthy)})`;
  if (member.isLearner) return `${now}; ${memberTitle(member)} is a learner and does not count`;
  const others = voters.filter(({ id }) => id !== member.id);
  const left = healthy.filter(({ id }) => id !== member.id);
  const then = `${left.length} of ${others.length} (${titles(left)})`;
  return `${now}; without ${memberTitle(member)} it is ${then}, and ${quorumOf(others.length)} are needed`;
}

function titles(members: readonly EtcdMember[]): string {
  return members.length === 0 ? 'nobody' : members.map(memberTitle).join(', ');
}
