/** The machine that a member is on. */
import { fail } from '../../domain/errors.js';
import { memberTitle, type EtcdMember } from '../../domain/etcd/status.js';
import type { EtcdServer } from './target.js';

/** @throws `ETCD_UNREACHABLE` when the member is on none of the machines. */
export function serverOf(servers: readonly EtcdServer[], member: EtcdMember): EtcdServer {
  const server = servers.find(({ node }) => node === member.node);
  if (server !== undefined) return server;
  throw fail('ETCD_UNREACHABLE', `${memberTitle(member)} is on none of the machines of the cluster`);
}
