/** Membership of etcd, asked of the machine itself. */
import type { TalosMachine } from './access.js';
import { TalosCallError } from './api/call-error.js';
import { METHODS } from './api/methods.js';

/** @returns what still speaks against the machine being a voting member that has a leader; `null` when nothing does. */
export async function etcdObjection(machine: TalosMachine, node: string): Promise<string | null> {
  try {
    return await machine.asMember(async (connection) => {
      const services = (await connection.call(METHODS.serviceList, {})).messages[0]?.services ?? [];
      const etcd = services.find(({ id }) => id === 'etcd');
      if (etcd?.state !== 'Running') return `etcd is ${etcd?.state ?? 'not there yet'}`;
      if (etcd.health?.healthy === false && !etcd.health.unknown)
        return `etcd is not healthy: ${machine.redact(etcd.health.lastMessage)}`;

      const listed = await connection.call(METHODS.etcdMemberList, { queryLocal: true });
      const member = listed.messages[0]?.members.find(({ hostname }) => hostname === node);
      if (member === undefined) return `${node} is no member of etcd yet`;
      if (member.isLearner) return `${node} is a learner of etcd, and does not vote yet`;

      const own = (await connection.call(METHODS.etcdStatus, {})).messages[0]?.memberStatus;
      if (own === undefined || own === null || own.leader === '0') return 'etcd has no leader';
      return own.errors.length === 0 ? null : `etcd reports ${machine.redact(own.errors.join('; '))}`;
    });
  } catch (error) {
    if (!(error instanceof TalosCallError)) throw error;
    return machine.redact(error.message);
  }
}
