/** The moments of operations in which they are cancelled: one in each step, by whichever machine comes by first. */
import { kubernetes, NAME, program, proxmox, ssh } from './day-two-moments.js';
import type { Moment } from './moments.js';

/** What is asked for, by what there is: growing and shrinking take turns. */
export type CancelledKind =
  'agents' | 'servers' | 'backup' | 'vm-backup' | 'renew' | 'rotate' | 'upgrade' | 'drain-host';

export interface CancelledAt {
  readonly kind: CancelledKind;
  /** Of a scale: whether machines are added. */
  readonly grows?: boolean;
  readonly moment: Moment;
}

const BALANCER = `^${NAME}-load-balancer-1: `;
const MEMBER = `^${NAME}-server-\\d+: `;
const AGENT = `^${NAME}-agents-\\d+: `;
const nodes = (verb: string, group: string): string => `${verb} /api/v1/nodes/${NAME}-${group}-\\d+$`;

const claimed = (): readonly Moment[] => [
  proxmox('claim-vm: the clone runs, its UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/9002/clone$'),
  proxmox('start-vm: the VM runs, the UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/\\d+/status/start$'),
];

const leaving = (group: string): readonly Moment[] => [
  kubernetes('cordon: the node takes no more pods', 'after', nodes('PATCH', group)),
  program('drain-balancers: haproxy is told', 'after', `${BALANCER}socat `),
  kubernetes('drain: its pods are being read', 'before', 'GET /api/v1/pods$'),
  program('leave-services: haproxy is about to forget it', 'before', `${BALANCER}systemctl reload haproxy$`),
  proxmox('remove-vm: the VM stops, its UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/\\d+/status/stop$'),
  proxmox('remove-vm: it is about to be destroyed', 'before', '^DELETE /nodes/[^/]+/qemu/\\d+$'),
  kubernetes('remove-node: the node is gone', 'after', nodes('DELETE', group)),
];

const of = (kind: CancelledKind, moments: readonly Moment[], grows?: boolean): readonly CancelledAt[] =>
  moments.map((moment) => ({ kind, moment, ...(grows === undefined ? {} : { grows }) }));

export const CANCELLED_AT: readonly CancelledAt[] = [
  ...of(
    'agents',
    [
      program('serve: haproxy is about to know it', 'before', `${BALANCER}systemctl reload haproxy$`),
      ...claimed(),
      program(
        'start-agent: it joins, and nobody has heard',
        'after',
        `${AGENT}systemctl restart --no-block k3s-agent$`,
      ),
      kubernetes('node-ready: the node is being read', 'before', nodes('GET', 'agents')),
    ],
    true,
  ),
  ...of('agents', leaving('agents'), false),
  ...of(
    'servers',
    [
      ...claimed(),
      ssh('wait-for-ssh: the first login is under way', 'before', `${MEMBER}login `, 8),
      program(
        'start-server: it joins, and nobody has heard',
        'after',
        `${MEMBER}systemctl restart --no-block k3s$`,
        1,
      ),
      kubernetes('node-ready: the node is being read', 'before', nodes('GET', 'server')),
    ],
    true,
  ),
  ...of(
    'servers',
    [
      ...leaving('server'),
      program('leave-etcd: the member is about to go', 'before', `${MEMBER}curl .*/v3/cluster/member/remove`),
      program(
        'leave-etcd: the member is gone, nobody has heard',
        'after',
        `${MEMBER}curl .*/v3/cluster/member/remove`,
      ),
      program('leave-etcd: its server is off, nobody has heard', 'after', `${MEMBER}systemctl stop k3s$`),
    ],
    false,
  ),
  ...of('backup', [
    program(
      'take-backup: the snapshot is about to be made',
      'before',
      `${MEMBER}simulated-k3s \\S+ etcd-snapshot save `,
    ),
    program(
      'take-backup: the snapshot is about to go',
      'before',
      `${MEMBER}simulated-k3s \\S+ etcd-snapshot delete `,
    ),
  ]),
  ...of('vm-backup', [
    proxmox('back-up: the first one runs, its UPID is lost', 'after', '^POST /nodes/[^/]+/vzdump$'),
    proxmox('back-up: the second one is about to be asked for', 'before', '^POST /nodes/[^/]+/vzdump$', 1),
  ]),
  ...of('renew', [
    program(
      'renew: the certificates are about to be removed',
      'before',
      `${MEMBER}simulated-k3s \\S+ certificate rotate$`,
    ),
    program(
      'renew: a server is back, and nobody has heard',
      'after',
      `${MEMBER}systemctl start --no-block k3s$`,
    ),
  ]),
  ...of('rotate', [
    program('join-token: it is about to change', 'before', `${MEMBER}simulated-k3s \\S+ token rotate `),
    program(
      'join-token: a server is about to have it',
      'before',
      `${MEMBER}systemctl restart --no-block k3s$`,
    ),
    ssh('ssh-keys: a machine has the new key, and nobody has heard', 'after', `${AGENT}sh -s$`),
  ]),
  ...of('upgrade', [
    kubernetes('cordon: a server takes no more pods', 'after', nodes('PATCH', 'server')),
    program(
      'upgrade-install: the program is there, and nobody has heard',
      'after',
      `${MEMBER}sh /tmp/k3s-install.sh$`,
    ),
    program('start-agent: the new agent joins', 'after', `${AGENT}systemctl restart --no-block k3s-agent$`),
  ]),
  ...of('drain-host', [
    kubernetes('cordon: the node takes no more pods', 'after', nodes('PATCH', 'agents')),
    proxmox('migrate: it moves, the UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/\\d+/migrate$'),
  ]),
];
