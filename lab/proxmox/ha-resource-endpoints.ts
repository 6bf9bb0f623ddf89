/** `/cluster/ha/resources`: which VMs high availability manages, and the state that each is to be in. */
import { die } from './api-error.js';
import type { Cluster } from './cluster.js';
import { without } from './datacenter.js';
import { FLAG, NODE, OPTIONAL_TEXT } from './endpoint.js';
import type { Call, Endpoint } from './endpoint.js';
import { HA_STATES } from './ha-config.js';
import type { HaResource, HaState } from './ha-config.js';
import { checkHaDigest, haDigest, presentResource, resourceId, SID, vmidOf } from './ha-parameters.js';
import { removeFromRules } from './ha-rule-endpoints.js';
import { splitList } from './option-format.js';
import type { ParameterSchema } from './parameters.js';

const PATH = '/cluster/ha/resources';
const TIMES = { type: 'integer' as const, optional: true as const, minimum: 0 };
const PROPERTIES: ParameterSchema = {
  sid: SID,
  type: { ...OPTIONAL_TEXT, values: ['ct', 'vm'] },
  state: { ...OPTIONAL_TEXT, values: HA_STATES },
  max_restart: TIMES,
  max_relocate: TIMES,
  failback: FLAG,
  comment: { ...OPTIONAL_TEXT, maxLength: 4_096 },
};
export const DEFAULTS: HaResource = {
  state: 'started',
  maxRestart: 1,
  maxRelocate: 1,
  failback: true,
  comment: null,
};

type Permit = NonNullable<Endpoint['permit']>;

const mayLook: Permit = (session) => session.check('/', 'Sys.Audit');
/** As much as a shell on the hosts: that is what Proxmox VE asks for. */
const mayChange: Permit = (session) => session.check('/', 'Sys.Console');

export function haResourceEndpoints(cluster: Cluster): Endpoint[] {
  const { datacenter, ha } = cluster;
  return [
    {
      method: 'GET',
      path: PATH,
      parameters: { type: { ...OPTIONAL_TEXT, values: ['ct', 'vm'] } },
      permit: mayLook,
      handle: ({ params }) => {
        const { haResources } = datacenter.record;
        if (params.text('type') === 'ct') return [];
        return Object.entries(haResources).map(([sid, one]) =>
          presentResource(sid, one, haDigest(haResources)),
        );
      },
    },
    {
      method: 'GET',
      path: `${PATH}/{sid}`,
      parameters: { sid: SID },
      permit: mayLook,
      handle: (call) => {
        const { sid, resource } = found(cluster, call);
        return presentResource(sid, resource, haDigest(datacenter.record.haResources));
      },
    },
    {
      method: 'POST',
      path: PATH,
      parameters: PROPERTIES,
      permit: mayChange,
      handle: (call) => {
        const sid = resourceId(call.params.required('sid'));
        const vmid = vmidOf(sid);
        if (vmid === undefined || !cluster.world.vms.has(vmid)) {
          die(`resource '${sid}' does not exist in cluster`);
        }
        const { haResources } = datacenter.record;
        if (haResources[sid] !== undefined)
          die(`create resource failed: resource ID '${sid}' already defined`);
        datacenter.change({ haResources: { ...haResources, [sid]: changed(DEFAULTS, call) } });
        ha.nudge();
      },
    },
    {
      method: 'PUT',
      path: `${PATH}/{sid}`,
      parameters: { ...PROPERTIES, delete: OPTIONAL_TEXT, digest: OPTIONAL_TEXT },
      permit: mayChange,
      handle: (call) => {
        const { sid, resource } = found(cluster, call);
        const { haResources } = datacenter.record;
        checkHaDigest(haResources, call.params.text('digest'));
        const reset = splitList(call.params.text('delete') ?? '');
        const kept = { ...resource, ...(reset.includes('comment') ? { comment: null } : {}) };
        datacenter.change({ haResources: { ...haResources, [sid]: changed(kept, call) } });
        ha.nudge();
      },
    },
    {
      method: 'DELETE',
      path: `${PATH}/{sid}`,
      parameters: { sid: SID, purge: FLAG },
      permit: mayChange,
      handle: (call) => {
        const { sid } = found(cluster, call);
        if (call.params.text('purge') === undefined || call.params.flag('purge'))
          removeFromRules(cluster, sid);
        datacenter.change({ haResources: without(datacenter.record.haResources, sid) });
        ha.nudge();
      },
    },
    ...(['migrate', 'relocate'] as const).map((action): Endpoint => ({
      method: 'POST',
      path: `${PATH}/{sid}/${action}`,
      parameters: { sid: SID, node: NODE },
      permit: mayChange,
      handle: (call) => {
        const { sid } = found(cluster, call);
        const node = call.params.required('node');
        ha.queue({ kind: 'migrate', sid, node });
        return { sid, 'requested-node': node };
      },
    })),
  ];
}

function changed(before: HaResource, { params }: Call): HaResource {
  return {
    state: (params.text('state') as HaState | undefined) ?? before.state,
    maxRestart: params.number('max_restart') ?? before.maxRestart,
    maxRelocate: params.number('max_relocate') ?? before.maxRelocate,
    failback: params.text('failback') === undefined ? before.failback : params.flag('failback'),
    comment: params.text('comment') ?? before.comment,
  };
}

function found({ datacenter }: Cluster, { params }: Call): { sid: string; resource: HaResource } {
  const sid = resourceId(params.required('sid'));
  return { sid, resource: datacenter.record.haResources[sid] ?? die(`no such resource '${sid}'`) };
}
