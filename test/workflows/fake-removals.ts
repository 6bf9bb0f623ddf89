/** The activities that prove the end of a cluster, which see nothing left. */
import type { ProxmoxActivities } from '../../activities/proxmox/activities.js';
import type { RemovalActivities } from '../../activities/removal/activities.js';
import type { Belongings } from '../../domain/removal/belongings.js';

type Behaviour = (args: Record<string, unknown>) => unknown;

const NOTHING: Belongings = {
  ...{ machines: [], addresses: [], dnsRecords: [], secrets: [], schedules: [], backups: [] },
};

export function fakeRemovals(): Record<
  keyof (RemovalActivities & Pick<ProxmoxActivities, 'proveGone'>),
  Behaviour
> {
  const seen = (at: string) => ({
    looks: [{ at, how: 'nothing was seen', seenAt: '2026-01-01T00:00:01.000Z' }],
    notSeen: [],
  });
  return {
    beginRemoval: () => ({ begunAt: '2026-01-01T00:00:00.000Z', belongings: NOTHING }),
    removeSchedules: () => undefined,
    proveGone: () => seen('vms'),
    proveReleased: () => seen('addresses'),
    recordRemoval: ({ clusterUid }) => ({ id: clusterUid, sha256: '00' }),
  };
}
