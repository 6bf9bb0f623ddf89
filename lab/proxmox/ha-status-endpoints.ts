/** `/cluster/ha/status`: what high availability made of what it was asked for. */
import type { Cluster } from './cluster.js';
import type { Endpoint } from './endpoint.js';
import { vmidOf } from './ha-parameters.js';
import { isQuorate } from './node-gate.js';

export function haStatusEndpoints(cluster: Cluster): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/cluster/ha/status/current',
      parameters: {},
      permit: (session) => session.check('/', 'Sys.Audit'),
      handle: ({ via }) => [
        ...quorum(cluster, via),
        ...(cluster.ha.states().size === 0 ? [] : [...managers(cluster), ...services(cluster)]),
      ],
    },
  ];
}

function quorum(cluster: Cluster, node: string): unknown[] {
  const quorate = isQuorate(cluster);
  return [
    {
      id: 'quorum',
      type: 'quorum',
      node,
      status: quorate ? 'OK' : 'No quorum on node',
      quorate: quorate ? 1 : 0,
    },
  ];
}

function managers({ inventory, nodeStates }: Cluster): unknown[] {
  const timestamp = Math.floor(Date.now() / 1_000);
  const online = inventory.hosts.filter(({ name }) => nodeStates.of(name) === 'online');
  const master = online[0]?.name ?? '';
  return [
    { id: 'master', type: 'master', node: master, status: `${master} (active)`, timestamp },
    ...inventory.hosts.map(({ name }) => {
      const state = online.some((host) => host.name === name) ? 'active' : 'old timestamp - dead?';
      return { id: `lrm:${name}`, type: 'lrm', node: name, status: `${name} (${state})`, timestamp };
    }),
  ];
}

/** A resource that was just added is not looked at yet; one that was just deleted is still there. */
function services({ datacenter, ha, world }: Cluster): unknown[] {
  const { haResources } = datacenter.record;
  const sids = new Set([...Object.keys(haResources), ...ha.states().keys()]);
  return [...sids].sort().map((sid) => {
    const resource = haResources[sid];
    const node = world.vms.get(vmidOf(sid) ?? 0)?.node ?? '';
    const state = resource === undefined ? 'deleting' : (ha.states().get(sid) ?? 'queued');
    return {
      id: `service:${sid}`,
      type: 'service',
      sid,
      node,
      state,
      crm_state: state,
      request_state: resource?.state ?? 'stopped',
      status: `${sid} (${node}, ${state})`,
      ...(resource === undefined
        ? {}
        : {
            max_restart: resource.maxRestart,
            max_relocate: resource.maxRelocate,
            failback: resource.failback ? 1 : 0,
          }),
    };
  });
}
