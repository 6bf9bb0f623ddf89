/** etcd of machines with Talos, asked through their own API. */
import type { EtcdReading, ListedMember } from '../../domain/etcd/reading.js';
import type { EtcdAlarm } from '../../domain/etcd/status.js';
import { talosMachine, type TalosAccess, type TalosMachine } from '../talos/access.js';
import { TalosCallError, talosError } from '../talos/api/call-error.js';
import { METHODS } from '../talos/api/methods.js';
import type { TalosConnection } from '../talos/api/connection.js';
import { UNKNOWN_ALARMS, type EtcdDriver } from './driver.js';
import type { EtcdServer } from './target.js';

const NOBODY = '0';
/** Of `EtcdMemberAlarm.AlarmType`. */
const ALARMS = ['NONE', 'NOSPACE', 'CORRUPT'] as const;

export function talosDriver(access: TalosAccess, clusterUid: string, signal: AbortSignal): EtcdDriver {
  const machineOf = (server: EtcdServer): Promise<TalosMachine> =>
    talosMachine(access, { ...server, clusterUid }, signal);
  const tell = async (
    server: EtcdServer,
    say: (connection: TalosConnection) => Promise<unknown>,
  ): Promise<void> => {
    const machine = await machineOf(server);
    try {
      await machine.asMember(say);
    } catch (error) {
      if (!(error instanceof TalosCallError)) throw error;
      throw talosError(error, machine.endpoint, machine.redact);
    }
  };
  return {
    read: async (server) => {
      const machine = await machineOf(server);
      try {
        return await machine.asMember(readingOf);
      } catch (error) {
        if (!(error instanceof TalosCallError)) throw error;
        return { kind: 'silent', reason: machine.redact(error.message) };
      }
    },
    // It chooses the next leader by itself.
    moveLeader: (leader) => tell(leader, (connection) => connection.call(METHODS.etcdForfeitLeadership, {})),
    removeMember: (through, member) =>
      tell(through, async (connection) => {
        try {
          await connection.call(METHODS.etcdRemoveMemberById, { memberId: member.id });
        } catch (error) {
          // Somebody else was faster, or an earlier call of ours went through.
          const isGone = error instanceof TalosCallError && /member not found/.test(error.message);
          if (!isGone) throw error;
        }
      }),
    // Its etcd does not join again while its data is there.
    retire: () => Promise.resolve(),
  };
}

/** @throws TalosCallError */
async function readingOf(connection: TalosConnection): Promise<EtcdReading> {
  const own = (await connection.call(METHODS.etcdStatus, {})).messages[0]?.memberStatus;
  if (own === undefined || own === null) return { kind: 'silent', reason: 'etcd does not tell its status' };
  const members = await listOf(connection);
  const alarms = own.isLearner ? [] : await alarmsOf(connection);
  const faults = own.errors.filter((error) => !/NOSPACE/.test(error));
  if (alarms === null) faults.push(UNKNOWN_ALARMS);
  return {
    kind: 'answered',
    memberId: own.memberId,
    leaderId: own.leader === NOBODY ? null : own.leader,
    appliedIndex: Number(own.raftAppliedIndex),
    databaseBytes: Number(own.dbSize),
    revision: null,
    problem: faults.length === 0 ? null : faults.join('; '),
    members,
    isAgreed: members.length > 0,
    alarms: alarms ?? [],
  };
}

/** A learner does not answer, nor does anybody without a leader: what Talos asks for is agreed to by a majority. */
async function listOf(connection: TalosConnection): Promise<ListedMember[]> {
  try {
    const { messages } = await connection.call(METHODS.etcdMemberList, { queryLocal: true });
    return (messages[0]?.members ?? []).map(({ id, hostname, peerUrls, isLearner }) => ({
      id,
      name: hostname,
      peerUrls,
      isLearner,
    }));
  } catch (error) {
    if (!(error instanceof TalosCallError)) throw error;
    return [];
  }
}

/** @returns `null` when it cannot be told. */
async function alarmsOf(connection: TalosConnection): Promise<EtcdAlarm[] | null> {
  try {
    const { messages } = await connection.call(METHODS.etcdAlarmList, {});
    return (messages[0]?.memberAlarms ?? []).map(({ memberId, alarm }) => ({
      memberId,
      kind: ALARMS[alarm] ?? String(alarm),
    }));
  } catch (error) {
    if (error instanceof TalosCallError) return null;
    throw error;
  }
}
