/** Whether several members of etcd can go one after the other, told before the first one does. */
import { nextRemovalStep } from '../etcd/removal-step.js';
import { etcdStatus, type EtcdStatus } from '../etcd/status.js';

export type RemovalsProof =
  | { readonly kind: 'ok'; readonly proofs: readonly string[] }
  | {
      readonly kind: 'refused';
      readonly node: string;
      readonly proof: string;
      readonly reasons: readonly string[];
    };

/** @param nodes names of the machines, in the order in which they go. */
export function proveRemovals(status: EtcdStatus, nodes: readonly string[]): RemovalsProof {
  const proofs: string[] = [];
  let seen = status;
  for (const node of nodes) {
    for (let step = nextRemovalStep(seen, node); step.kind !== 'done'; step = nextRemovalStep(seen, node)) {
      if (step.kind === 'refused') {
        const { proof, reasons } = step;
        return { kind: 'refused', node, proof, reasons };
      }
      if (step.kind === 'remove') proofs.push(step.proof);
      seen = after(seen, step);
    }
  }
  return { kind: 'ok', proofs };
}

type Change = Extract<ReturnType<typeof nextRemovalStep>, { kind: 'move-leader' | 'remove' }>;

/** As it will be when nothing else happens meanwhile; each removal is proved again by what is seen then. */
function after({ members, alarms }: EtcdStatus, change: Change): EtcdStatus {
  switch (change.kind) {
    case 'move-leader':
      return etcdStatus(
        members.map((member) => ({ ...member, isLeader: member.id === change.to.id })),
        alarms,
      );
    case 'remove':
      return etcdStatus(
        members.filter(({ id }) => id !== change.member.id),
        alarms.filter(({ memberId }) => memberId !== change.member.id),
      );
  }
}
