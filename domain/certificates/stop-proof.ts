/** Whether the control plane of one machine may be stopped for a moment, so that it comes back with other files. */
import { mayStop, type QuorumProof } from '../etcd/quorum-proof.js';
import type { EtcdStatus } from '../etcd/status.js';

/**
 * Where certificates have run out no member answers, and nothing but a renewal brings them back: a quorum that is lost
 * already is not lost by this. Otherwise one that is not seen may be there all the same.
 * @param node name of the machine.
 */
export function mayRestart(status: EtcdStatus, node: string, haveRunOut: boolean): QuorumProof {
  if (!status.hasQuorum) {
    if (haveRunOut) return { kind: 'ok', proof: `etcd has no quorum that ${node} could cost it` };
    const reasons = ['etcd has no quorum as far as it is seen, and its certificates have not run out'];
    return { kind: 'refused', proof: 'nobody knows its members for sure', reasons };
  }
  const member = status.members.find((each) => each.node === node);
  if (member !== undefined) return mayStop(status, member.id);
  return { kind: 'ok', proof: `${node} is no member of etcd` };
}
