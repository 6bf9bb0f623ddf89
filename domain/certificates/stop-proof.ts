/** Whether the control plane of one machine may be stopped for a moment, so that it comes back with other files. */
import { mayStop, type QuorumProof } from '../etcd/quorum-proof.js';
import type { EtcdStatus } from '../etcd/status.js';

/**
 * A quorum that is lost already is not lost by this: where certificates have run out no member answers, and nothing but
 * a renewal brings them back.
 * @param node name of the machine.
 */
export function mayRestart(status: EtcdStatus, node: string): QuorumProof {
  if (!status.hasQuorum) {
    return { kind: 'ok', proof: `etcd has no quorum that ${node} could cost it` };
  }
  const member = status.members.find((each) => each.node === node);
  if (member !== undefined) return mayStop(status, member.id);
  return { kind: 'ok', proof: `${node} is no member of etcd` };
}
