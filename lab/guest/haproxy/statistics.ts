/** `show stat`: one line for each frontend, server and backend, in the columns that its first line names. */
import type { Backend } from './backend.js';
import type { BalancedServer } from './balanced-server.js';
import type { Worker } from './worker.js';

const COLUMNS = [
  ...[
    'pxname',
    'svname',
    'qcur',
    'qmax',
    'scur',
    'smax',
    'slim',
    'stot',
    'bin',
    'bout',
    'dreq',
    'dresp',
    'ereq',
  ],
  ...['econ', 'eresp', 'wretr', 'wredis', 'status', 'weight', 'act', 'bck', 'chkfail', 'chkdown', 'lastchg'],
  ...['downtime', 'qlimit', 'pid', 'iid', 'sid', 'throttle', 'lbtot', 'tracked', 'type', 'rate', 'rate_lim'],
  ...[
    'rate_max',
    'check_status',
    'check_code',
    'check_duration',
    'hrsp_1xx',
    'hrsp_2xx',
    'hrsp_3xx',
    'hrsp_4xx',
  ],
  ...['hrsp_5xx', 'hrsp_other', 'hanafail', 'req_rate', 'req_rate_max', 'req_tot', 'cli_abrt', 'srv_abrt'],
  ...['comp_in', 'comp_out', 'comp_byp', 'comp_rsp', 'lastsess', 'last_chk', 'last_agt', 'qtime', 'ctime'],
  ...[
    'rtime',
    'ttime',
    'agent_status',
    'agent_code',
    'agent_duration',
    'check_desc',
    'agent_desc',
    'check_rise',
  ],
  ...[
    'check_fall',
    'check_health',
    'agent_rise',
    'agent_fall',
    'agent_health',
    'addr',
    'cookie',
    'mode',
    'algo',
  ],
];

type Row = Readonly<Record<string, string | number>>;

export function statistics(worker: Worker): string {
  const frontends = worker.frontends.map(({ proxy, id, sessions }) => ({
    id,
    rows: [
      {
        pxname: proxy.name,
        svname: 'FRONTEND',
        scur: sessions.size,
        status: 'OPEN',
        iid: id,
        sid: 0,
        type: 0,
        mode: proxy.mode,
      },
    ] as readonly Row[],
  }));
  const backends = worker.backends.map((backend) => ({ id: backend.id, rows: backendRows(backend) }));
  // A `listen` is both, its frontend first.
  const rows = [...frontends, ...backends].sort((a, b) => a.id - b.id).flatMap((each) => each.rows);
  const lines = rows.map((row) => COLUMNS.map((column) => row[column] ?? '').join(','));
  return `# ${[COLUMNS.join(','), ...lines].map((line) => `${line},\n`).join('')}`;
}

function backendRows(backend: Backend): readonly Row[] {
  const { proxy, id, servers } = backend;
  const isUp = servers.some((server) => server.isUp) || servers.length === 0;
  const counted = servers.filter((server) => server.isUsable());
  const isBackup = ({ definition }: BalancedServer): boolean => definition.settings.isBackup;
  const total = {
    ...{ pxname: proxy.name, svname: 'BACKEND', qcur: 0, type: 1, iid: id, sid: 0, mode: proxy.mode },
    scur: servers.reduce((sum, { sessions }) => sum + sessions.size, 0),
    stot: servers.reduce((sum, each) => sum + each.total, 0),
    status: isUp ? 'UP' : 'DOWN',
    act: counted.filter((each) => !isBackup(each)).length,
    bck: counted.filter(isBackup).length,
    algo: proxy.balance,
  };
  return [...servers.map((server) => serverRow(backend, server)), total];
}

function serverRow({ proxy, id }: Backend, server: BalancedServer): Row {
  const { definition, lastCheck } = server;
  const { settings } = definition;
  return {
    ...{
      pxname: proxy.name,
      svname: definition.name,
      qcur: 0,
      type: 2,
      iid: id,
      sid: server.id,
      mode: proxy.mode,
    },
    ...{ scur: server.sessions.size, stot: server.total, status: server.status(), weight: settings.weight },
    ...{
      act: settings.isBackup ? 0 : 1,
      bck: settings.isBackup ? 1 : 0,
      addr: `${definition.host}:${definition.port}`,
    },
    lastchg: Math.floor((Date.now() - server.changedAt) / 1_000),
    check_status: lastCheck?.code ?? (settings.isChecked ? 'INI' : ''),
    check_code: lastCheck?.status ?? '',
    last_chk: lastCheck?.info ?? '',
    ...{ check_rise: settings.rise, check_fall: settings.fall, check_health: server.checkHealth() },
  };
}
