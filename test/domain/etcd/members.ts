/** Members of etcd for tests. */
import { etcdStatus, type EtcdMember, type EtcdStatus } from '../../../domain/etcd/status.js';

export function aMember(node: string, change: Partial<EtcdMember> = {}): EtcdMember {
  return {
    id: String(100 + node.charCodeAt(0)),
    name: node,
    node,
    peerUrls: [`https://${node}:2380`],
    isLearner: false,
    isLeader: false,
    isHealthy: true,
    problem: null,
    appliedIndex: 50_000,
    databaseBytes: 20_480,
    revision: 40_000,
    ...change,
  };
}

export function aSilentMember(node: string, change: Partial<EtcdMember> = {}): EtcdMember {
  const unknown = { appliedIndex: null, databaseBytes: null, revision: null };
  return aMember(node, { isHealthy: false, problem: 'it does not answer', ...unknown, ...change });
}

export function aStatus(...members: readonly EtcdMember[]): EtcdStatus {
  return etcdStatus(members, []);
}
