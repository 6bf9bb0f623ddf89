/** How the etcd of a distribution is reached: through each of its machines, as that one sees it. */
import type { EtcdReading } from '../../domain/etcd/reading.js';
import type { EtcdMember } from '../../domain/etcd/status.js';
import type { EtcdServer } from './target.js';

/** A problem of a voter: whose alarms are not known may have one. */
export const UNKNOWN_ALARMS = 'it does not tell its alarms';

export interface EtcdDriver {
  /** Changes nothing. A machine that does not answer is a reading, too. */
  read(server: EtcdServer): Promise<EtcdReading>;
  /** @param leader the machine that leads. @throws `ETCD_REJECTED`, and what its way of asking throws. */
  moveLeader(leader: EtcdServer, to: EtcdMember): Promise<void>;
  /** @param through a machine that stays. @throws `ETCD_REJECTED`, and what its way of asking throws. */
  removeMember(through: EtcdServer, member: EtcdMember): Promise<void>;
  /** Keeps the machine whose member was removed from joining again by itself. */
  retire(server: EtcdServer): Promise<void>;
}
