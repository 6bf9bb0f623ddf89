/** `/version`, `/access`, `/cluster` and `/pools`. */
import { die, refuseParameters } from './api-error.js';
import { memoryInUse, memoryOfHost } from './broadcast.js';
import type { Cluster } from './cluster.js';
import type { Endpoint } from './endpoint.js';
import { OPTIONAL_TEXT, VMID } from './endpoint.js';
import type { Session } from './privileges.js';
import type { LabHost } from './lab-inventory.js';
import { isQuorate } from './node-gate.js';
import type { VmRecord } from './records.js';
import { presentListed } from './task-endpoints.js';

export const VERSION = { version: '9.2.6', release: '9.2', repoid: '14a22df3' } as const;

/** Default of `next-id` in datacenter.cfg; the upper bound itself is never given out. */
const NEXT_ID = { lower: 100, upper: 1_000_000 } as const;
const RECENT_TASKS = 25;

export function clusterEndpoints(cluster: Cluster): Endpoint[] {
  const { inventory, world } = cluster;
  return [
    { method: 'GET', path: '/version', parameters: {}, handle: () => VERSION },
    {
      method: 'GET',
      path: '/access/permissions',
      parameters: { path: OPTIONAL_TEXT, userid: OPTIONAL_TEXT },
      handle: ({ session, params }) => {
        const all = session.permissions();
        const path = params.text('path');
        return path === undefined ? all : { [path]: all[path] ?? {} };
      },
    },
    {
      method: 'GET',
      path: '/cluster/status',
      parameters: {},
      permit: (session) => session.check('/', 'Sys.Audit'),
      handle: ({ via }) => [
        {
          id: 'cluster',
          type: 'cluster',
          name: inventory.clusterName,
          nodes: inventory.hosts.length,
          quorate: isQuorate(cluster) ? 1 : 0,
          version: inventory.hosts.length,
        },
        ...inventory.hosts.map((host, index) => ({
          id: `node/${host.name}`,
          type: 'node',
          name: host.name,
          nodeid: index + 1,
          ip: host.address,
          online: cluster.nodeStates.of(host.name) === 'offline' ? 0 : 1,
          local: host.name === via ? 1 : 0,
          level: '',
        })),
      ],
    },
    {
      method: 'GET',
      path: '/cluster/resources',
      parameters: { type: { ...OPTIONAL_TEXT, values: ['vm', 'storage', 'node', 'sdn'] } },
      handle: ({ session, params }) => {
        const type = params.text('type');
        return [
          ...(type === undefined || type === 'vm' ? vmResources(cluster, session) : []),
          ...(type === undefined || type === 'node' ? nodeResources(cluster) : []),
          ...(type === undefined || type === 'storage' ? storageResources(cluster, session) : []),
        ];
      },
    },
    {
      method: 'GET',
      path: '/cluster/nextid',
      parameters: { vmid: { ...VMID, optional: true } },
      handle: ({ params }) => {
        const vmid = params.number('vmid');
        if (vmid !== undefined && world.vms.has(vmid))
          refuseParameters({ vmid: `VM ${vmid} already exists` });
        return String(vmid ?? nextFreeVmid(cluster));
      },
    },
    {
      method: 'GET',
      path: '/cluster/tasks',
      parameters: {},
      handle: ({ session }) =>
        [...world.tasks.values()]
          .filter((task) => session.has('/', 'Sys.Audit') || task.user === session.tokenId)
          .sort((a, b) => Number(a.exitstatus !== null) - Number(b.exitstatus !== null) || b.pid - a.pid)
          .filter((task, index) => task.exitstatus === null || index < RECENT_TASKS)
          .map((task) => presentListed(task, undefined)),
    },
    {
      method: 'GET',
      path: '/pools',
      parameters: { poolid: OPTIONAL_TEXT, type: OPTIONAL_TEXT },
      handle: ({ session, params }) =>
        inventory.pools
          .filter((pool) => session.has(`/pool/${pool}`, 'Pool.Audit'))
          .filter((pool) => (params.text('poolid') ?? pool) === pool)
          .map((poolid) =>
            params.text('poolid') === undefined ? { poolid } : { poolid, members: members(cluster, poolid) },
          ),
    },
  ];
}

/** Reserves nothing: whoever claims the number first has it. */
function nextFreeVmid({ inventory, world }: Cluster): number {
  const { lower, upper } = inventory.nextIds ?? NEXT_ID;
  for (let vmid = lower; vmid < upper; vmid += 1) if (!world.vms.has(vmid)) return vmid;
  return die(`unable to get any free VMID in range [${lower}, ${upper}]`);
}

/** The host and the lock are live; the name and the status are what the status daemon last reported. */
function vmResource(cluster: Cluster, vm: VmRecord): Record<string, unknown> {
  const { lock, tags } = vm.config;
  return {
    id: `qemu/${vm.vmid}`,
    vmid: vm.vmid,
    node: vm.node,
    type: 'qemu',
    ...(cluster.broadcast.guest(vm.vmid) ?? { status: 'unknown' }),
    ...(lock === undefined ? {} : { lock }),
    ...(tags === undefined ? {} : { tags }),
    ...(vm.pool === null ? {} : { pool: vm.pool }),
  };
}

/** What the token may not see is left out without a word. */
function vmResources(cluster: Cluster, session: Session): unknown[] {
  return [...cluster.world.vms.values()]
    .filter((vm) => session.has(`/vms/${vm.vmid}`, 'VM.Audit'))
    .map((vm) => vmResource(cluster, vm));
}

function members(cluster: Cluster, pool: string): unknown[] {
  return [...cluster.world.vms.values()]
    .filter((vm) => vm.pool === pool)
    .map((vm) => vmResource(cluster, vm));
}

function nodeResources(cluster: Cluster): unknown[] {
  return cluster.inventory.hosts.map((host) => ({ ...nodeStatistics(cluster, host), 'cgroup-mode': 2 }));
}

export function nodeStatistics(cluster: Cluster, host: LabHost): Record<string, unknown> {
  const identity = { id: `node/${host.name}`, type: 'node', node: host.name, level: '' };
  if (cluster.nodeStates.of(host.name) === 'offline') return { ...identity, status: 'offline' };
  return {
    ...identity,
    status: 'online',
    maxcpu: host.cores,
    cpu: 0.01,
    maxmem: memoryOfHost(cluster.inventory, host.name),
    mem: memoryInUse(cluster.world, host.name),
    maxdisk: 100 * 2 ** 30,
    disk: 4 * 2 ** 30,
    uptime: Math.floor(Date.now() / 1_000) - cluster.bootedAt,
  };
}

function storageResources(cluster: Cluster, session: Session): unknown[] {
  return cluster.storages
    .list()
    .filter((storage) => session.has(`/storage/${storage.id}`, 'Datastore.Audit'))
    .flatMap((storage) =>
      cluster.inventory.hosts.map((host) => ({
        id: `storage/${host.name}/${storage.id}`,
        storage: storage.id,
        node: host.name,
        type: 'storage',
        plugintype: storage.type,
        status: 'available',
        shared: storage.shared ? 1 : 0,
        content: storage.content.join(','),
        maxdisk: storage.capacityGiB * 2 ** 30,
        disk: cluster.storages.usedBytes(storage, host.name),
      })),
    );
}
