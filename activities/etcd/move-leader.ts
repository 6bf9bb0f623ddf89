/** Has another member lead, before the machine of the leader is stopped or changed. */
import { fail } from '../../domain/errors.js';
import { successorOf } from '../../domain/etcd/quorum-proof.js';
import { leaderOf } from '../../domain/etcd/status.js';
import type { EtcdDriver } from './driver.js';
import { readStatus } from './read.js';
import { serverOf } from './server-of.js';
import type { EtcdServer } from './target.js';

/**
 * Looks once, and moves the leader where it is on the machine.
 * @returns what still speaks against another one leading; `null` when another one leads.
 * @throws `ETCD_CHANGE_REFUSED` when nobody else can; `ETCD_UNREACHABLE`, `ETCD_REJECTED`
 */
export async function leaderObjection(
  driver: EtcdDriver,
  servers: readonly EtcdServer[],
  node: string,
): Promise<string | null> {
  const status = await readStatus(driver, servers);
  const leader = leaderOf(status);
  if (leader === undefined) return 'etcd has no leader';
  if (leader.node !== node) return null;
  const to = successorOf(status, leader.id);
  if (to === undefined) throw fail('ETCD_CHANGE_REFUSED', `${node} leads, and no other voter is healthy`);
  await driver.moveLeader(serverOf(servers, leader), to);
  return `the leader moves from ${node} to ${to.node ?? to.name}`;
}
