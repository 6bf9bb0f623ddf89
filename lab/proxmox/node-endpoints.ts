/** `/nodes`: the hosts, their load and their bridges. */
import { hostNamed } from './cluster.js';
import type { Cluster } from './cluster.js';
import { memoryInUse, memoryOfHost } from './broadcast.js';
import { VERSION, nodeStatistics } from './cluster-endpoints.js';
import { NODE, OPTIONAL_TEXT } from './endpoint.js';
import type { Endpoint } from './endpoint.js';

export function nodeEndpoints(cluster: Cluster): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/nodes',
      parameters: {},
      handle: () =>
        cluster.inventory.hosts.map((host) => ({
          ...nodeStatistics(cluster, host),
          ssl_fingerprint: cluster.fingerprint,
        })),
    },
    {
      method: 'GET',
      path: '/nodes/{node}/status',
      parameters: { node: NODE },
      permit: (session, path) => session.check(`/nodes/${path.get('node') ?? ''}`, 'Sys.Audit'),
      handle: ({ params }) => nodeStatus(cluster, params.required('node')),
    },
    {
      method: 'GET',
      path: '/nodes/{node}/time',
      parameters: { node: NODE },
      permit: (session, path) => session.check(`/nodes/${path.get('node') ?? ''}`, 'Sys.Audit'),
      handle: ({ params }) => {
        const host = hostNamed(cluster, params.required('node'));
        const time = Math.floor(Date.now() / 1_000) + (host.clockSkewSeconds ?? 0);
        return { time, localtime: time, timezone: 'UTC' };
      },
    },
    {
      method: 'GET',
      path: '/nodes/{node}/network',
      parameters: { node: NODE, type: OPTIONAL_TEXT },
      handle: ({ session, params }) => {
        const host = hostNamed(cluster, params.required('node'));
        const all = host.bridges
          .filter(({ name }) => session.has(`/sdn/zones/localnetwork/${name}`, 'SDN.Audit'))
          .map((bridge, index) => ({
            iface: bridge.name,
            type: 'bridge',
            active: 1,
            autostart: 1,
            method: index === 0 ? 'static' : 'manual',
            method6: 'manual',
            families: ['inet'],
            priority: 4 + index,
            bridge_ports: `eno${index + 1}`,
            bridge_stp: 'off',
            bridge_fd: '0',
            ...(bridge.vlanAware ? { bridge_vlan_aware: 1, bridge_vids: '2-4094' } : {}),
            ...(index === 0 ? { address: host.address, netmask: '24', cidr: `${host.address}/24` } : {}),
          }));
        const type = params.text('type');
        return type === undefined || type === 'bridge' || type === 'any_bridge' || type === 'any_local_bridge'
          ? all
          : [];
      },
    },
  ];
}

function nodeStatus(cluster: Cluster, name: string): Record<string, unknown> {
  const host = hostNamed(cluster, name);
  const total = memoryOfHost(cluster.inventory, name);
  const used = memoryInUse(cluster.world, name);
  return {
    pveversion: `pve-manager/${VERSION.version}/${VERSION.repoid}`,
    kversion: 'Linux 6.17.2-1-pve #1 SMP PREEMPT_DYNAMIC PMX 6.17.2-1',
    uptime: Math.floor(Date.now() / 1_000) - cluster.bootedAt,
    cpu: 0.01,
    wait: 0,
    loadavg: ['0.10', '0.10', '0.10'],
    cpuinfo: { cpus: host.cores, cores: host.cores / 2, sockets: 1, model: 'Simulated CPU', mhz: '2400.000' },
    memory: { total, used, free: total - used, available: total - used },
    swap: { total: 0, used: 0, free: 0 },
    rootfs: { total: 100 * 2 ** 30, used: 4 * 2 ** 30, free: 96 * 2 ** 30, avail: 96 * 2 ** 30 },
  };
}
