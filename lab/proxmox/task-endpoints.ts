/** `/nodes/{node}/tasks`: the list with its filters, and the status and log of one task. */
import { refuseParameters } from './api-error.js';
import { hostNamed } from './cluster.js';
import type { Cluster } from './cluster.js';
import { AMOUNT, FLAG, NODE, OPTIONAL_TEXT, Page, TEXT, VMID } from './endpoint.js';
import type { Call, Endpoint } from './endpoint.js';
import { splitList } from './option-format.js';
import type { TaskRecord } from './records.js';
import { LISTED_TASKS_PER_NODE } from './tasks.js';
import { isUpid } from './upid.js';

const DEFAULT_LIMIT = 50;

export function taskEndpoints(cluster: Cluster): Endpoint[] {
  return [
    {
      method: 'GET',
      path: '/nodes/{node}/tasks',
      parameters: {
        node: NODE,
        start: AMOUNT,
        limit: AMOUNT,
        userfilter: OPTIONAL_TEXT,
        typefilter: OPTIONAL_TEXT,
        vmid: { ...VMID, optional: true },
        errors: FLAG,
        source: { ...OPTIONAL_TEXT, values: ['archive', 'active', 'all'] },
        since: { type: 'integer', optional: true },
        until: { type: 'integer', optional: true },
        statusfilter: OPTIONAL_TEXT,
      },
      handle: (call) => list(cluster, call),
    },
    {
      method: 'GET',
      path: '/nodes/{node}/tasks/{upid}/status',
      parameters: { node: NODE, upid: TEXT },
      handle: (call) => presentTask(found(cluster, call)),
    },
    {
      method: 'DELETE',
      path: '/nodes/{node}/tasks/{upid}',
      parameters: { node: NODE, upid: TEXT },
      handle: (call) => {
        const { upid, node, user } = found(cluster, call);
        if (user !== call.session.tokenId) call.session.check(`/nodes/${node}`, 'Sys.Modify');
        cluster.tasks.stop(upid);
      },
    },
    {
      method: 'GET',
      path: '/nodes/{node}/tasks/{upid}/log',
      parameters: { node: NODE, upid: TEXT, start: AMOUNT, limit: AMOUNT },
      handle: (call) => {
        const { log } = found(cluster, call);
        const start = call.params.number('start') ?? 0;
        const limit = call.params.number('limit') ?? DEFAULT_LIMIT;
        const lines = log.map((t, index) => ({ n: index + 1, t }));
        return new Page(lines.slice(start, limit === 0 ? undefined : start + limit), log.length);
      },
    },
  ];
}

/** Newest first, the running ones before all others; only a token's own without Sys.Audit on the host. */
function list(cluster: Cluster, { session, params }: Call): Page {
  const node = hostNamed(cluster, params.required('node')).name;
  const source = params.text('source') ?? 'archive';
  const auditor = session.has(`/nodes/${node}`, 'Sys.Audit');
  const states = params.flag('errors')
    ? ['error', 'unknown', 'warning']
    : splitList(params.text('statusfilter') ?? '');
  const ofNode = [...cluster.world.tasks.values()].filter((task) => task.node === node);
  const forgotten = new Set(
    ofNode.filter(({ exitstatus }) => exitstatus !== null).slice(0, -LISTED_TASKS_PER_NODE),
  );
  const chosen = ofNode
    .filter((task) => !forgotten.has(task))
    .filter((task) => auditor || task.user === session.tokenId)
    .filter((task) => source === 'all' || (task.exitstatus === null) === (source === 'active'))
    .filter((task) => task.user.toLowerCase().includes((params.text('userfilter') ?? '').toLowerCase()))
    .filter((task) => (params.text('typefilter') ?? task.type) === task.type)
    .filter((task) => (params.text('vmid') ?? task.id) === task.id)
    .filter((task) => task.starttime >= (params.number('since') ?? 0))
    .filter((task) => task.starttime <= (params.number('until') ?? Number.POSITIVE_INFINITY))
    .filter((task) => states.length === 0 || states.includes(stateOf(task)))
    .sort((a, b) => Number(a.exitstatus !== null) - Number(b.exitstatus !== null) || b.pid - a.pid);
  const start = params.number('start') ?? 0;
  const limit = params.number('limit') ?? DEFAULT_LIMIT;
  const page = chosen.slice(start, start + limit);
  return new Page(
    page.map((task) => presentListed(task, 'RUNNING')),
    chosen.length,
  );
}

/** A task's log lies on its own host only. @throws ApiError 400, or 403 for a stranger's task. */
function found(cluster: Cluster, { session, params }: Call): TaskRecord {
  const node = hostNamed(cluster, params.required('node')).name;
  const upid = params.required('upid');
  if (!isUpid(upid)) refuseParameters({ upid: 'unable to parse worker upid' });
  const task = cluster.world.tasks.get(upid);
  if (task === undefined || task.node !== node) return refuseParameters({ upid: 'no such task' });
  if (task.user !== session.tokenId) session.check(`/nodes/${node}`, 'Sys.Audit');
  return task;
}

/** The body of a task's status. */
function presentTask(task: TaskRecord): Record<string, unknown> {
  return {
    ...identityOf(task),
    status: task.exitstatus === null ? 'running' : 'stopped',
    ...(task.exitstatus === null ? {} : { exitstatus: task.exitstatus }),
  };
}

/** One entry of a list of tasks; `running` stands where the exit status will be. */
export function presentListed(task: TaskRecord, running: string | undefined): Record<string, unknown> {
  const status = task.exitstatus ?? running;
  return {
    ...identityOf(task),
    ...(task.endtime === null ? {} : { endtime: task.endtime }),
    ...(status === undefined ? {} : { status }),
  };
}

function identityOf(task: TaskRecord): Record<string, unknown> {
  const [user, tokenid] = task.user.split('!');
  const { upid, node, pid, pstart, starttime, type, id } = task;
  return {
    upid,
    node,
    pid,
    pstart,
    starttime,
    type,
    id,
    user,
    ...(tokenid === undefined ? {} : { tokenid }),
  };
}

function stateOf({ exitstatus }: TaskRecord): string {
  if (exitstatus === null || exitstatus === 'unexpected status') return 'unknown';
  if (exitstatus === 'OK') return 'ok';
  return exitstatus.startsWith('WARNINGS: ') ? 'warning' : 'error';
}
