/** The commands of HAProxy's runtime socket (its management guide, chapter 9.3). */
import type { Backend } from './backend.js';
import type { AdminState, BalancedServer } from './balanced-server.js';
import { statistics } from './statistics.js';
import type { Worker } from './worker.js';

export type Level = 'user' | 'operator' | 'admin';

const STATE_HEADER =
  '# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port srv_check_addr srv_agent_addr srv_agent_port';
/** How the state file counts the last check; 1 where there was none. */
const CHECK_NUMBERS: Readonly<Record<string, number>> = {
  ...{
    L4OK: 6,
    L4TOUT: 7,
    L4CON: 8,
    L6OK: 9,
    L6TOUT: 10,
    L6RSP: 11,
    L7TOUT: 12,
    L7RSP: 13,
    L7OK: 15,
    L7STS: 17,
  },
};
const ADMIN_NUMBERS: Readonly<Record<AdminState, number>> = { ready: 0, maint: 1, drain: 8 };

/** Each answer ends with an empty line, as the socket's does. */
export function answerRuntimeCommands(worker: Worker, request: string, level: Level): string {
  const [line = ''] = request.split('\n');
  const commands = line.split(';').map((command) => command.trim());
  return commands.map((command) => `${answer(worker, command.split(/\s+/), level)}\n`).join('');
}

function answer(worker: Worker, words: readonly string[], level: Level): string {
  const [verb = '', object = '', target = '', ...rest] = words;
  switch (`${verb} ${object}`) {
    case 'show stat':
      return statistics(worker);
    case 'show info':
      return info(worker);
    case 'show backend':
      return `# name\n${worker.backends.map(({ proxy }) => `${proxy.name}\n`).join('')}`;
    case 'show servers':
      return servers(worker, target, rest);
    case 'set server':
    case 'disable server':
    case 'enable server':
      if (level !== 'admin') return 'Permission denied\n';
      return change(worker, verb, target, rest);
    case 'shutdown sessions': {
      if (level !== 'admin') return 'Permission denied\n';
      const found = findServer(worker, rest[0] ?? '');
      if (target !== 'server' || typeof found === 'string')
        return typeof found === 'string' ? found : "'shutdown sessions' only supports 'server'.\n";
      for (const session of found.sessions) session.destroy();
      return '';
    }
    default:
      return unknown(words);
  }
}

function change(worker: Worker, verb: string, target: string, rest: readonly string[]): string {
  const server = findServer(worker, target);
  if (typeof server === 'string') return server;
  if (verb === 'disable') server.set('maint');
  else if (verb === 'enable') server.set('ready');
  else {
    const [property, value] = rest;
    if (property !== 'state')
      return 'usage: set server <backend>/<server> addr | agent | agent-addr | agent-port | agent-send | check-addr | check-port | fqdn | health | ssl | state | weight\n';
    if (value !== 'ready' && value !== 'drain' && value !== 'maint')
      return "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n";
    server.set(value);
  }
  return '';
}

/** @returns the socket's own words where there is none. */
function findServer(worker: Worker, target: string): BalancedServer | string {
  const [backendName = '', serverName = ''] = target.split('/');
  if (backendName === '' || serverName === '') return "Require 'backend/server'.\n";
  const backend = worker.backends.find(({ proxy }) => proxy.name === backendName);
  if (backend === undefined) return 'No such backend.\n';
  return backend.servers.find(({ definition }) => definition.name === serverName) ?? 'No such server.\n';
}

function servers(worker: Worker, what: string, [name]: readonly string[]): string {
  if (what !== 'state' && what !== 'conn') return unknown(['show', 'servers', what]);
  const chosen = worker.backends.filter(({ proxy }) => name === undefined || proxy.name === name);
  if (chosen.length === 0 && name !== undefined) return "Can't find backend.\n";
  const each = (line: (backend: Backend, server: BalancedServer) => string): string =>
    chosen.flatMap((backend) => backend.servers.map((server) => `${line(backend, server)}\n`)).join('');
  if (what === 'state') return `1\n${STATE_HEADER}\n${each(stateLine)}`;
  const header =
    '# bkname/svname bkid/svid addr port - purge_delay used_cur used_max need_est unsafe_nb safe_nb idle_lim idle_cur idle_per_thr[1]';
  return `${header}\n${each(connectionLine)}`;
}

function stateLine({ proxy, id }: Backend, server: BalancedServer): string {
  const { name, host, port, settings } = server.definition;
  const { lastCheck } = server;
  const result = !settings.isChecked ? 0 : lastCheck === null ? 1 : lastCheck.isPassed ? 3 : 2;
  const age = Math.floor((Date.now() - server.changedAt) / 1_000);
  return [
    ...[id, proxy.name, server.id, name, host, server.isUp ? 2 : 0, ADMIN_NUMBERS[server.admin]],
    ...[settings.weight, settings.weight, age, CHECK_NUMBERS[lastCheck?.code ?? ''] ?? 1, result],
    ...[server.checkHealth(), settings.isChecked ? 6 : 0, 0, 0, 0, '-', port, '-', 0],
    ...[settings.checkPort ?? 0, '-', '-', 0],
  ].join(' ');
}

function connectionLine(
  { proxy, id }: Backend,
  { definition, id: serverId, sessions }: BalancedServer,
): string {
  const { name, host, port } = definition;
  const used = sessions.size;
  return `${proxy.name}/${name} ${id}/${serverId} ${host} ${port} - 5000 ${used} ${used} ${used} 0 0 -1 0 0`;
}

function info(worker: Worker): string {
  const { description } = worker.parts.configuration;
  const seconds = Math.floor((Date.now() - worker.startedAt) / 1_000);
  const current = worker.frontends.reduce((sum, { sessions }) => sum + sessions.size, 0);
  const rows: readonly (readonly [string, string | number])[] = [
    ...[['Name', 'HAProxy'] as const, ['Version', '2.8.5-1ubuntu3'] as const, ['Nbthread', 1] as const],
    ...[['Pid', worker.parts.pid] as const, ['Uptime_sec', seconds] as const],
    ...[['Maxconn', worker.parts.configuration.maxConnections] as const, ['CurrConns', current] as const],
    ...(description === null ? [] : [['description', description] as const]),
  ];
  return rows.map(([key, value]) => `${key}: ${value}\n`).join('');
}

function unknown(words: readonly string[]): string {
  const known = [
    'show stat',
    'show info',
    'show servers state',
    'show servers conn',
    'show backend',
    'set server',
    'enable server',
    'disable server',
    'shutdown sessions server',
  ];
  const list = known.map((each) => `  ${each}\n`).join('');
  return `Unknown command: '${words.join(' ')}', but maybe one of the following ones is a better match:\n${list}`;
}
