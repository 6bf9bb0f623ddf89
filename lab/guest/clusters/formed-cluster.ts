/** What is seen from outside of a cluster that machines have formed. */

export interface FormedCluster {
  /** Servers of K3s and RKE2 have it in `server/db/cluster-id`: a cluster that was restored is another one. */
  readonly id: string;
  readonly distribution: string;
  /** Of its etcd, by node; none where the state is kept elsewhere. */
  readonly members: Readonly<Record<string, 'voter' | 'learner'>>;
}

/** @param members a member of which nothing is known but its disk votes. */
export function formedCluster(
  distribution: string,
  id: string,
  { members }: { readonly members: Readonly<Record<string, string | { readonly isVoter: boolean }>> },
): FormedCluster {
  const isVoter = (member: string | { readonly isVoter: boolean }): boolean =>
    typeof member === 'string' || member.isVoter;
  return {
    ...{ id, distribution },
    members: Object.fromEntries(
      Object.entries(members).map(([node, member]) => [node, isVoter(member) ? 'voter' : 'learner']),
    ),
  };
}
