/**
 * The moments of operations in which their worker is killed. `before`: it is asked for and not done; what was asked for
 * goes on without whoever asked. `after`: it is done, and nobody has heard.
 */
import type { FaultRule, FaultTarget } from '../../lab/faults.js';
import type { Moment } from './moments.js';

const held =
  (target: FaultTarget) =>
  (name: string, stage: FaultRule['stage'], match: string, skip = 0): Moment => ({
    name,
    rule: { target, stage, match, skip, effect: { kind: 'hold' } },
  });
export const proxmox = held('proxmox');
export const ssh = held('ssh');
export const program = held('program');
export const kubernetes = held('kubernetes');

/** Name of the cluster that comes by, which is in the names of its machines. */
export const NAME = 'day';

/** From one agent to three. */
export const AGENTS_UP: readonly Moment[] = [
  program(
    'serve: haproxy is about to know the machines',
    'before',
    `^${NAME}-load-balancer-1: systemctl reload haproxy$`,
  ),
  program(
    'serve: dnsmasq knows them, and nobody has heard',
    'after',
    `^${NAME}-dns-1: systemctl restart dnsmasq$`,
  ),
  proxmox('claim-vm: the clone is not asked for yet', 'before', '^POST /nodes/[^/]+/qemu/9002/clone$'),
  proxmox('upload-seed: the medium is there', 'after', '^POST /nodes/[^/]+/storage/local/upload$'),
  proxmox('start-vm: the VM runs, the UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/\\d+/status/start$'),
  program(
    'start-agent: it joins, and nobody has heard',
    'after',
    `^${NAME}-agents-\\d: systemctl restart --no-block k3s-agent$`,
  ),
  kubernetes('node-ready: the node is being read', 'before', `GET /api/v1/nodes/${NAME}-agents-3$`),
];

/** From three agents to one, whose pods go elsewhere. */
export const AGENTS_DOWN: readonly Moment[] = [
  kubernetes('cordon: the node takes no more pods', 'after', `PATCH /api/v1/nodes/${NAME}-agents-3$`),
  program('drain-balancers: haproxy is told', 'after', `^${NAME}-load-balancer-1: socat `),
  kubernetes('drain: a pod is evicted', 'after', 'POST .*/pods/[^/]+/eviction$'),
  program(
    'leave-services: haproxy is about to forget it',
    'before',
    `^${NAME}-load-balancer-1: systemctl reload haproxy$`,
  ),
  program('leave-services: dnsmasq has forgotten it', 'after', `^${NAME}-dns-1: systemctl restart dnsmasq$`),
  proxmox('remove-vm: it is about to stop', 'before', '^POST /nodes/[^/]+/qemu/\\d+/status/stop$'),
  proxmox('remove-vm: it is being destroyed, the UPID is lost', 'after', '^DELETE /nodes/[^/]+/qemu/\\d+$'),
  kubernetes('remove-node: the node is gone', 'after', `DELETE /api/v1/nodes/${NAME}-agents-3$`),
  kubernetes(
    'cordon: the second node is asked to take no more pods',
    'before',
    `PATCH /api/v1/nodes/${NAME}-agents-2$`,
  ),
  proxmox(
    'remove-vm: the second machine has stopped',
    'after',
    '^POST /nodes/[^/]+/qemu/\\d+/status/stop$',
    1,
  ),
];

const REMOVE_MEMBER = 'curl .*/v3/cluster/member/remove';
const LIST_MEMBERS = 'curl .*/v3/cluster/member/list';

/** From one server, which has no etcd yet, to three. */
export const SERVERS_UP: readonly Moment[] = [
  program(
    'grow: the lone server is about to make etcd of its data',
    'before',
    `^${NAME}-server-1: systemctl restart --no-block k3s$`,
  ),
  proxmox('claim-vm: the clone runs, its UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/9002/clone$'),
  ssh('wait-for-ssh: the first login is under way', 'before', `^${NAME}-server-2: login `),
  program(
    'start-server: the second server joins, nobody knows',
    'after',
    `^${NAME}-server-2: systemctl restart --no-block k3s$`,
  ),
  program('vote: the second member is looked at', 'before', `^${NAME}-server-2: ${LIST_MEMBERS}`),
  program(
    'start-server: the third server is about to join',
    'before',
    `^${NAME}-server-3: systemctl restart --no-block k3s$`,
  ),
  kubernetes('node-ready: the third node is being read', 'before', `GET /api/v1/nodes/${NAME}-server-3$`),
];

/** From three servers to one. */
export const SERVERS_DOWN: readonly Moment[] = [
  program('prove-quorum: the members are being read', 'before', `^${NAME}-server-1: ${LIST_MEMBERS}`),
  kubernetes(
    'cordon: the node is asked to take no more pods',
    'before',
    `PATCH /api/v1/nodes/${NAME}-server-3$`,
  ),
  program('leave-etcd: the member is about to go', 'before', `^${NAME}-server-\\d: ${REMOVE_MEMBER}`),
  program(
    'leave-etcd: its server is about to be off for good',
    'before',
    `^${NAME}-server-3: systemctl disable k3s$`,
  ),
  program(
    'leave-services: haproxy has forgotten it',
    'after',
    `^${NAME}-load-balancer-1: systemctl reload haproxy$`,
  ),
  proxmox('remove-vm: the VM stops, the UPID is lost', 'after', '^POST /nodes/[^/]+/qemu/\\d+/status/stop$'),
  kubernetes('remove-node: the node is about to go', 'before', `DELETE /api/v1/nodes/${NAME}-server-3$`),
  program(
    'leave-etcd: the second member is gone, nobody knows',
    'after',
    `^${NAME}-server-\\d: ${REMOVE_MEMBER}`,
    1,
  ),
  proxmox(
    'remove-vm: the second VM is about to be destroyed',
    'before',
    '^DELETE /nodes/[^/]+/qemu/\\d+$',
    1,
  ),
  kubernetes('remove-node: the second node is gone', 'after', `DELETE /api/v1/nodes/${NAME}-server-2$`),
];
