/** Activities of looking after clusters that see nothing wrong. */
import type {
  GuestSightActivities,
  HealthRecordActivities,
  NodeSightActivities,
  VmSightActivities,
} from '../../activities/health/activities.js';
import type { GuestSight, NodeSight, VmSight } from '../../domain/health/sight.js';

export type HealthActivities = HealthRecordActivities &
  VmSightActivities &
  NodeSightActivities &
  GuestSightActivities;

type Behaviour = (args: Record<string, unknown>) => unknown;

export const RUNNING: VmSight = { host: 'pve1', hostState: 'online', vm: 'running', lock: null, ha: 'none' };
export const READY: NodeSight = { state: 'ready', since: null, why: 'it is well', cordoned: false };
export const SILENT: NodeSight = {
  state: 'silent',
  since: null,
  why: 'kubelet stopped posting',
  cordoned: false,
};

/** @param worse by the name of the machine; all others run. */
export function vmsOf(
  { machines }: Record<string, unknown>,
  worse: Readonly<Record<string, Partial<VmSight>>> = {},
) {
  const names = machines as readonly string[];
  const sights = names.map((name) => [name, { ...RUNNING, ...worse[name] }]);
  return { quorum: 'yes', machines: Object.fromEntries(sights), unseen: [] };
}

export function guestsOf({ machines }: Record<string, unknown>, state: GuestSight['state'] = 'answers') {
  const asked = machines as readonly { readonly name: string }[];
  return {
    machines: Object.fromEntries(asked.map(({ name }) => [name, { state, why: state }])),
    unseen: [],
  };
}

export function fakeHealth(): Record<keyof HealthActivities, Behaviour> {
  return {
    readHealthSubject: () => ({ kind: 'not-watched', reason: 'it has no policy' }),
    judgeHealth: () => {
      throw new Error('nobody has said what comes of it');
    },
    requestHeal: () => ({ requested: true, reason: null }),
    retractHeal: () => undefined,
    lookAtVms: (request) => vmsOf(request),
    lookAtNodes: () => ({ nodes: {}, unseen: [] }),
    lookAtGuests: (request) => guestsOf(request),
  };
}
