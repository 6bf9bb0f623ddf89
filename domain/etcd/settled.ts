/** Whether etcd is what it should be after machines have joined. */
import { MOST_LAG } from './quorum-proof.js';
import { memberTitle, votersOf, type EtcdStatus } from './status.js';

/** @param nodes machines that have to vote. @returns what still speaks against it; `null` when nothing does. */
export function votersObjection(status: EtcdStatus, nodes: readonly string[]): string | null {
  if (!status.hasQuorum) return 'etcd has no quorum';
  const furthest = Math.max(0, ...status.members.map(({ appliedIndex }) => appliedIndex ?? 0));
  for (const node of nodes) {
    const member =
      votersOf(status).find((each) => each.node === node) ??
      status.members.find((each) => each.node === node);
    if (member === undefined) return `${node} is no member of etcd yet`;
    if (member.isLearner) return `${memberTitle(member)} is a learner of etcd, and does not vote yet`;
    if (!member.isHealthy)
      return `${memberTitle(member)} is not healthy: ${member.problem ?? 'it does not say why'}`;
    const lag = furthest - (member.appliedIndex ?? 0);
    if (lag > MOST_LAG) return `${memberTitle(member)} is ${lag} entries behind`;
  }
  return null;
}
