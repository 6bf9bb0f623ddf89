/** The moments of operations that bring a cluster another version, or an older state. */
import { kubernetes, NAME, program, proxmox } from './day-two-moments.js';
import { K3S, server } from './in-place-moments.js';
import type { Moment } from './moments.js';

/** To a newer version: three servers where they are, and another machine in the place of the agent. */
export const UPGRADE: readonly Moment[] = [
  program('backup: the snapshot is about to be made', 'before', server(1, `${K3S} etcd-snapshot save `)),
  kubernetes('cordon: the first server takes no more pods', 'after', `PATCH /api/v1/nodes/${NAME}-server-1$`),
  program(
    'upgrade-install: the program is there, and nobody has heard',
    'after',
    server(1, 'sh /tmp/k3s-install.sh$'),
  ),
  program('restart: the first server is back', 'after', server(1, 'systemctl restart --no-block k3s$')),
  kubernetes('back: it is about to take pods again', 'before', `PATCH /api/v1/nodes/${NAME}-server-1$`, 1),
  program('restart: the second server is about to', 'before', server(2, 'systemctl restart --no-block k3s$')),
  proxmox('claim-vm: the clone for the new agent runs', 'after', '^POST /nodes/[^/]+/qemu/9002/clone$'),
  program(
    'start-agent: the new agent joins',
    'after',
    `^${NAME}-agents-2: systemctl restart --no-block k3s-agent$`,
  ),
  kubernetes('cordon: the old agent takes no more pods', 'after', `PATCH /api/v1/nodes/${NAME}-agents-1$`),
  proxmox(
    'remove-vm: the old agent stops, the UPID is lost',
    'after',
    '^POST /nodes/[^/]+/qemu/\\d+/status/stop$',
  ),
  kubernetes('remove-node: the old node is gone', 'after', `DELETE /api/v1/nodes/${NAME}-agents-1$`),
];

export const RESTORE: readonly Moment[] = [
  program('stop: the second server is off, and nobody has heard', 'after', server(2, 'systemctl stop k3s$')),
  program(
    'restore: the snapshot is about to be put back',
    'before',
    server(1, `${K3S} server --cluster-reset `),
  ),
  program(
    'rejoin: the first server is about to start',
    'before',
    server(1, 'systemctl restart --no-block k3s$'),
  ),
  kubernetes('node-ready: the first node is being read', 'before', `GET /api/v1/nodes/${NAME}-server-1$`),
  program(
    'rejoin: the second server joins, and nobody has heard',
    'after',
    server(2, 'systemctl restart --no-block k3s$'),
  ),
  program(
    'rejoin: the third server is about to join',
    'before',
    server(3, 'systemctl restart --no-block k3s$'),
  ),
];
