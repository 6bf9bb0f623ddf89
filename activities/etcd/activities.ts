/** What the workflows ask of the etcd on a cluster's own machines. */
import { leaderOf, type EtcdStatus } from '../../domain/etcd/status.js';
import { votersObjection } from '../../domain/etcd/settled.js';
import { until } from '../kubernetes/until.js';
import type { GuestAccessOptions } from '../ssh/guest-access.js';
import { withHeartbeats } from '../ssh/heartbeat.js';
import type { EtcdDriver } from './driver.js';
import { gatewayDriver } from './gateway-driver.js';
import { leaderObjection } from './move-leader.js';
import { readStatus } from './read.js';
import { removeMember, type EtcdRemovalResult } from './remove-member.js';
import { talosDriver } from './talos-driver.js';
import type { EtcdTarget } from './target.js';

export type { EtcdServer, EtcdTarget } from './target.js';

export type EtcdActivities = ReturnType<typeof createEtcdActivities>;

/** Each activity can be repeated at any time, and throws `ClusterwrightError`s. */
export function createEtcdActivities(access: Pick<GuestAccessOptions, 'store' | 'proxyUrl'>) {
  return {
    /** Changes nothing. @throws `ETCD_UNREACHABLE` where there is no etcd, too. */
    readEtcd: (target: EtcdTarget): Promise<EtcdStatus> =>
      withHeartbeats(({ signal }) => readStatus(driverOf(access, target, signal), target.servers)),

    /** Returns once another machine leads. @returns its name. */
    moveEtcdLeader: (
      request: EtcdTarget & {
        /** Name of the machine that shall not lead. */
        readonly from: string;
      },
    ): Promise<{ leader: string | null }> =>
      withHeartbeats(async (pulse) => {
        const driver = driverOf(access, request, pulse.signal);
        const { servers, from } = request;
        await until('ETCD_NOT_SETTLED', pulse, () => leaderObjection(driver, servers, from));
        return { leader: leaderOf(await readStatus(driver, servers))?.node ?? null };
      }),

    /**
     * Takes the machine out of etcd, with the leader moved first, by a proof that the quorum is kept; its own service is
     * stopped afterwards where it would join again. See {@link removeMember} for what it throws.
     */
    removeEtcdMember: (
      request: EtcdTarget & {
        /** Name of the machine that leaves. */
        readonly node: string;
      },
    ): Promise<EtcdRemovalResult> =>
      withHeartbeats((pulse) => removeMember(driverOf(access, request, pulse.signal), request, pulse)),

    /** Waits until the machines vote, are healthy and have caught up. */
    waitForEtcdVoters: (
      request: EtcdTarget & {
        /** Names of the machines. */
        readonly nodes: readonly string[];
      },
    ): Promise<void> =>
      withHeartbeats(async (pulse) => {
        const driver = driverOf(access, request, pulse.signal);
        await until('ETCD_NOT_SETTLED', pulse, async () =>
          votersObjection(await readStatus(driver, request.servers), request.nodes),
        );
      }),
  };
}

function driverOf(
  access: Pick<GuestAccessOptions, 'store' | 'proxyUrl'>,
  { clusterUid, type }: EtcdTarget,
  signal: AbortSignal,
): EtcdDriver {
  return type === 'TALOS'
    ? talosDriver(access, clusterUid, signal)
    : gatewayDriver(access, { clusterUid, type }, signal);
}
