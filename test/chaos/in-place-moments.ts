/** The moments of operations that leave the machines of a cluster as they are. */
import { kubernetes, NAME, program, proxmox, ssh } from './day-two-moments.js';
import type { Moment } from './moments.js';

export const server = (number: number, command: string): string => `^${NAME}-server-${number}: ${command}`;
export const K3S = 'simulated-k3s \\S+';

export const BACKUP: readonly Moment[] = [
  program('take-backup: the snapshot is about to be made', 'before', server(1, `${K3S} etcd-snapshot save `)),
  program(
    'take-backup: all is read, the snapshot is about to go',
    'before',
    server(1, `${K3S} etcd-snapshot delete `),
  ),
];

export const VALIDATE: readonly Moment[] = [
  ssh('guests: they are looked at', 'before', server(2, 'date ')),
  kubernetes('canary: its namespace is there, and nobody has heard', 'after', 'POST /api/v1/namespaces$'),
  kubernetes('canary: its look-up is about to be made', 'before', 'POST .*/jobs$'),
];

export const RENEW: readonly Moment[] = [
  program(
    'renew: the certificates are about to be removed',
    'before',
    server(1, `${K3S} certificate rotate$`),
  ),
  program(
    'renew: the second server is back, and nobody has heard',
    'after',
    server(2, 'systemctl start --no-block k3s$'),
  ),
  program('renew: the third server is about to stop', 'before', server(3, 'systemctl stop k3s$')),
  program('renew: the agent is back', 'after', `^${NAME}-agents-1: systemctl start --no-block k3s-agent$`),
  ssh('kubeconfig: it is being read', 'before', server(1, "sudo -n cat '/etc/rancher/k3s/k3s\\.yaml'$")),
];

export const ROTATE: readonly Moment[] = [
  program('join-token: it is about to change', 'before', server(1, `${K3S} token rotate `)),
  program('join-token: the second server has it', 'after', server(2, 'systemctl restart --no-block k3s$')),
  program(
    'join-token: the agent is about to have it',
    'before',
    `^${NAME}-agents-1: systemctl restart --no-block k3s-agent$`,
  ),
  ssh('ssh-keys: a machine has the new key, and nobody has heard', 'after', server(3, 'sh -s$')),
  ssh('ssh-keys: a login with the new key', 'before', `^${NAME}-agents-1: sudo -n true$`),
  ssh('ssh-keys: the old key is about to go', 'before', server(2, 'sh -s$'), 1),
];

/** A machine that was switched off. */
export const HEAL: readonly Moment[] = [
  proxmox('start: the VM runs, the UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/\\d+/status/start$'),
  kubernetes('ready: its node is being read', 'before', `GET /api/v1/nodes/${NAME}-agents-1$`),
];

const REMOVE_MEMBER = 'curl .*/v3/cluster/member/remove';

/** The third server, whose VM is gone; the fourth takes its place. */
export const REPLACE: readonly Moment[] = [
  program('leave-etcd: the lost member is about to go', 'before', `^${NAME}-server-\\d: ${REMOVE_MEMBER}`),
  proxmox('claim-vm: the clone runs, its UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/9002/clone$'),
  program(
    'start-server: it joins, and nobody has heard',
    'after',
    `^${NAME}-server-4: systemctl restart --no-block k3s$`,
  ),
  kubernetes('node-ready: its node is being read', 'before', `GET /api/v1/nodes/${NAME}-server-4$`),
  kubernetes('remove-node: the old one is about to go', 'before', `DELETE /api/v1/nodes/${NAME}-server-3$`),
];

/** Of all machines, the servers first. */
export const VM_BACKUP: readonly Moment[] = [
  program('prove-quorum: the members are being read', 'before', server(1, 'curl .*/v3/cluster/member/list')),
  proxmox('back-up: the first one runs, its UPID is lost', 'after', '^POST /nodes/[^/]+/vzdump$'),
  proxmox('back-up: the second one is about to be asked for', 'before', '^POST /nodes/[^/]+/vzdump$', 1),
];

/** Of the host of the agent. */
export const DRAIN_HOST: readonly Moment[] = [
  kubernetes('cordon: the node takes no more pods', 'after', `PATCH /api/v1/nodes/${NAME}-agents-1$`),
  program('drain-balancers: haproxy is told', 'after', `^${NAME}-load-balancer-1: socat `),
  proxmox('migrate: it moves, the UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/\\d+/migrate$'),
  kubernetes(
    'back: the node is about to take pods again',
    'before',
    `PATCH /api/v1/nodes/${NAME}-agents-1$`,
    1,
  ),
];
