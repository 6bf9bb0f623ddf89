/** The `global` section. */
import type { HaproxyConfiguration, StatsSocket } from './configuration.js';
import { timeOf } from './words.js';

export type GlobalDraft = {
  -readonly [Key in Exclude<keyof HaproxyConfiguration, 'proxies'>]: HaproxyConfiguration[Key];
};

const MOST_CONNECTIONS = 20_000;

export function emptyGlobal(): GlobalDraft {
  const nobody = { user: null, group: null, chroot: null };
  return { ...nobody, maxConnections: MOST_CONNECTIONS, description: null, sockets: [] };
}

/** They change nothing that can be seen of it here. At least one value, unless they are flags. */
const WITHOUT_EFFECT = new Set([
  ...['log', 'pidfile', 'nbthread', 'ca-base', 'crt-base', 'node', 'ssl-server-verify'],
  ...['hard-stop-after', 'ulimit-n', 'spread-checks', 'server-state-base', 'server-state-file', 'cpu-map'],
  ...['ssl-default-bind-ciphers', 'ssl-default-bind-ciphersuites', 'ssl-default-bind-options', 'log-tag'],
  ...['ssl-default-server-ciphers', 'ssl-default-server-ciphersuites', 'ssl-default-server-options'],
  ...['setenv', 'stats-file', 'max-spread-checks', 'maxconnrate', 'close-spread-time', 'thread-groups'],
]);
const FLAGS = new Set(['daemon', 'quiet', 'zero-warning', 'master-worker', 'noepoll', 'external-check']);

export interface GlobalSurroundings {
  readonly hasUser: (name: string) => boolean;
  readonly hasGroup: (name: string) => boolean;
}

/** @returns what is wrong with the line. */
export function takeGlobalLine(
  draft: GlobalDraft,
  words: readonly string[],
  line: number,
  { hasUser, hasGroup }: GlobalSurroundings,
): string | undefined {
  const [keyword = '', ...values] = words;
  const [value] = values;
  if (FLAGS.has(keyword))
    return values.length === 0 ? undefined : `'${keyword}' cannot handle unexpected argument '${value}'.`;
  if (keyword === 'stats') return takeStats(draft, values, line);
  const isKnown = ['user', 'group', 'chroot', 'maxconn', 'description'].includes(keyword);
  const isTuning = keyword.startsWith('tune.') || WITHOUT_EFFECT.has(keyword);
  if (!isKnown && !isTuning) return `unknown keyword '${keyword}' in 'global' section`;
  if (value === undefined) return `'${keyword}' expects an argument.`;
  switch (keyword) {
    case 'user':
      if (!hasUser(value)) return `cannot find user id for '${value}' (0:Success)`;
      draft.user = value;
      return undefined;
    case 'group':
      if (!hasGroup(value)) return `cannot find group id for '${value}' (0:Success)`;
      draft.group = value;
      return undefined;
    case 'chroot':
      draft.chroot = value;
      return undefined;
    case 'maxconn':
      draft.maxConnections = Number.parseInt(value, 10) || MOST_CONNECTIONS;
      return undefined;
    case 'description':
      draft.description = values.join(' ');
      return undefined;
    default:
      return undefined;
  }
}

function takeStats(draft: GlobalDraft, words: readonly string[], line: number): string | undefined {
  const [kind, value, ...more] = words;
  if (kind === 'timeout') {
    const ms = timeOf(value ?? '');
    return typeof ms === 'number' ? undefined : `unexpected character '${ms.unexpected}' in 'stats timeout'`;
  }
  if (kind === 'maxconn') return undefined;
  if (kind !== 'socket')
    return "'stats' only supports 'socket', 'maxconn', 'bind-process', 'timeout' in the global section.";
  if (value === undefined) return "'stats socket' in section 'global' : missing path";
  const socket = socketOf(value.replace(/^unix@/, ''), more, line);
  if (typeof socket === 'string') return socket;
  draft.sockets = [...draft.sockets, socket];
  return undefined;
}

function socketOf(path: string, words: readonly string[], line: number): StatsSocket | string {
  const socket: { -readonly [Key in keyof StatsSocket]: StatsSocket[Key] } = {
    ...{ line, path, mode: 0o755, user: null, group: null, level: 'operator' },
  };
  const todo = [...words];
  for (let word = todo.shift(); word !== undefined; word = todo.shift()) {
    if (word === 'expose-fd') {
      todo.shift();
      continue;
    }
    const value = todo.shift();
    const complaint = `'stats socket ${path}' in section 'global' : `;
    if (!['mode', 'user', 'group', 'level'].includes(word)) return `${complaint}unknown keyword '${word}'.`;
    if (value === undefined) return `${complaint}'${word}' : missing or invalid value`;
    if (word === 'mode') {
      if (!/^[0-7]{3,4}$/.test(value)) return `${complaint}'mode' : missing or invalid mode '${value}'`;
      socket.mode = Number.parseInt(value, 8);
    } else if (word === 'user') socket.user = value;
    else if (word === 'group') socket.group = value;
    else if (value === 'user' || value === 'operator' || value === 'admin') socket.level = value;
    else return `${complaint}'level' only supports 'user', 'operator', and 'admin' (got '${value}')`;
  }
  return socket;
}
