/** The etcd inside a cluster's own control-plane machines, as it was seen at one moment. */

export interface EtcdMember {
  /** 64 bits as a decimal number: a name, which nobody counts with. */
  readonly id: string;
  /** Empty until the member has started for the first time. */
  readonly name: string;
  /** Name of the machine that it is on; `null` where that is none of the machines that were asked about. */
  readonly node: string | null;
  readonly peerUrls: readonly string[];
  /** It receives everything and does not vote. */
  readonly isLearner: boolean;
  readonly isLeader: boolean;
  /** It answered for itself, knows the leader, and no alarm says that its data is corrupt. */
  readonly isHealthy: boolean;
  /** Why it is not healthy; `null` when it is. */
  readonly problem: string | null;
  /** Last entry of the log that it has applied; `null` when it did not answer. */
  readonly appliedIndex: number | null;
  readonly databaseBytes: number | null;
  readonly revision: number | null;
}

export interface EtcdAlarm {
  readonly memberId: string;
  /** `CORRUPT` for data that differs from the others', `NOSPACE` for a full database. */
  readonly kind: string;
}

export interface EtcdStatus {
  readonly members: readonly EtcdMember[];
  readonly alarms: readonly EtcdAlarm[];
  /** A majority of the voters is healthy and knows one leader. */
  readonly hasQuorum: boolean;
  /** How many more voters may fail before the quorum is lost; 0 also when it is lost. */
  readonly faultTolerance: number;
}

/** The least number of voters that is a majority of so many. */
export function quorumOf(voters: number): number {
  return Math.floor(voters / 2) + 1;
}

export function votersOf({ members }: Pick<EtcdStatus, 'members'>): readonly EtcdMember[] {
  return members.filter(({ isLearner }) => !isLearner);
}

export function leaderOf({ members }: Pick<EtcdStatus, 'members'>): EtcdMember | undefined {
  return members.find(({ isLeader }) => isLeader);
}

/** How the member is called in front of people. */
export function memberTitle({ node, name, id }: Pick<EtcdMember, 'node' | 'name' | 'id'>): string {
  return node ?? (name === '' ? `member ${BigInt(id).toString(16)}` : name);
}

/** What follows from the members and alarms. */
export function etcdStatus(members: readonly EtcdMember[], alarms: readonly EtcdAlarm[]): EtcdStatus {
  const voters = votersOf({ members });
  const healthy = voters.filter(({ isHealthy }) => isHealthy);
  const spare = healthy.length - quorumOf(voters.length);
  const hasQuorum = voters.length > 0 && spare >= 0 && leaderOf({ members }) !== undefined;
  return { members, alarms, hasQuorum, faultTolerance: hasQuorum ? spare : 0 };
}
