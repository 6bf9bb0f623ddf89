/** What comes next until a machine is no member of etcd any more: each time from what is seen, never from memory. */
import { mayRemove, successorOf } from './quorum-proof.js';
import { leaderOf, type EtcdMember, type EtcdStatus } from './status.js';

export type RemovalStep =
  | { readonly kind: 'done' }
  | { readonly kind: 'move-leader'; readonly from: EtcdMember; readonly to: EtcdMember }
  | { readonly kind: 'remove'; readonly member: EtcdMember; readonly proof: string }
  | { readonly kind: 'refused'; readonly proof: string; readonly reasons: readonly string[] };

/** @param node name of the machine that leaves. */
export function nextRemovalStep(status: EtcdStatus, node: string): RemovalStep {
  // Where an attempt to join was given up there may be two of one machine: the one that counts for less goes first.
  const [member] = status.members
    .filter((each) => each.node === node)
    .toSorted((a, b) => Number(b.isLearner) - Number(a.isLearner));
  if (member === undefined) return absence(status);
  const leader = leaderOf(status);
  if (leader?.id !== member.id) return removal(status, member);

  // Leading is the last thing that it gives up: only where all else speaks for its removal.
  const to = successorOf(status, member.id);
  if (to === undefined) return removal(status, member);
  const members = status.members.map((each) => ({ ...each, isLeader: each.id === to.id }));
  const afterwards = removal({ ...status, members }, { ...member, isLeader: false });
  return afterwards.kind === 'remove' ? { kind: 'move-leader', from: member, to } : afterwards;
}

/** Without a quorum the list of the members may be an old one. */
function absence({ hasQuorum }: EtcdStatus): RemovalStep {
  if (hasQuorum) return { kind: 'done' };
  const reasons = ['etcd has no quorum, so that nobody knows the members for sure'];
  return { kind: 'refused', proof: 'it is on no list of the members that was seen', reasons };
}

function removal(status: EtcdStatus, member: EtcdMember): RemovalStep {
  const found = mayRemove(status, member.id);
  return found.kind === 'ok' ? { kind: 'remove', member, proof: found.proof } : found;
}
