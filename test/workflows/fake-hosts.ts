/** The activities of the maintenance of hosts, which answer at once. */
import type { HostActivities } from '../../activities/hosts/activities.js';
import type { ProxmoxActivities } from '../../activities/proxmox/activities.js';

type Behaviour = (args: Record<string, unknown>) => unknown;

type MoveActivities = Pick<ProxmoxActivities, 'observeHosts' | 'observeMoves' | 'shutDownVm' | 'migrateVm'>;

const SIGHT = { hosts: ['hv5', 'hv6', 'hv7'].map((name) => ({ name, online: true })), guests: [] };

export function fakeHosts(): Record<keyof (HostActivities & MoveActivities), Behaviour> {
  const nothing = (): undefined => undefined;
  return {
    observeHosts: () => SIGHT,
    observeMoves: () => ({ sight: SIGHT, facts: [] }),
    shutDownVm: nothing,
    migrateVm: ({ to }) => ({ host: to, isRunning: true }),
    markHost: nothing,
    planHostDrain: ({ host }) => ({ host, moves: [], stays: [], others: [], warnings: [] }),
    recordDrainPlan: nothing,
    endDrain: nothing,
    requestMoves: () => ({ requested: true, reason: null }),
    awaitMoves: () => ({ status: 'succeeded', detail: null }),
    cancelMoves: nothing,
  };
}
