/** `server NAME ADDRESS[:PORT] ...` and `default-server ...`. */
import type { ServerSettings } from './configuration.js';
import { endpointOf, isPort, timeOf, type Endpoint } from './words.js';

/** Each takes its values into the settings. @returns what is wrong. */
interface ServerKeyword {
  readonly values: number;
  apply(draft: Draft, value: string): string | undefined;
}

type Draft = { -readonly [Key in keyof ServerSettings]: ServerSettings[Key] };

const flag = (set: (draft: Draft) => void): ServerKeyword => ({
  values: 0,
  apply: (draft) => {
    set(draft);
    return undefined;
  },
});

const time = (name: string, set: (draft: Draft, ms: number) => void): ServerKeyword => ({
  values: 1,
  apply: (draft, value) => {
    const ms = timeOf(value);
    if (typeof ms !== 'number')
      return `unexpected character '${ms.unexpected}' in '${name}' argument of server.`;
    if (ms <= 0) return `invalid value 0 for argument '${name}' of server.`;
    set(draft, ms);
    return undefined;
  },
});

const count = (name: string, set: (draft: Draft, value: number) => void, least = 1): ServerKeyword => ({
  values: 1,
  apply: (draft, value) => {
    if (!/^\d+$/.test(value) || Number(value) < least) return `'${name}' has to be > ${least - 1}.`;
    set(draft, Number(value));
    return undefined;
  },
});

const ignored = (values: number): ServerKeyword => ({ values, apply: () => undefined });

const KEYWORDS: Readonly<Record<string, ServerKeyword>> = {
  check: flag((draft) => (draft.isChecked = true)),
  'no-check': flag((draft) => (draft.isChecked = false)),
  'check-ssl': flag((draft) => (draft.checkTls = true)),
  'no-check-ssl': flag((draft) => (draft.checkTls = false)),
  backup: flag((draft) => (draft.isBackup = true)),
  'no-backup': flag((draft) => (draft.isBackup = false)),
  disabled: flag((draft) => (draft.isDisabled = true)),
  enabled: flag((draft) => (draft.isDisabled = false)),
  inter: time('inter', (draft, ms) => (draft.intervalMs = ms)),
  fastinter: time('fastinter', (draft, ms) => (draft.fastIntervalMs = ms)),
  downinter: time('downinter', (draft, ms) => (draft.downIntervalMs = ms)),
  fall: count('fall', (draft, value) => (draft.fall = value)),
  rise: count('rise', (draft, value) => (draft.rise = value)),
  weight: count('weight', (draft, value) => (draft.weight = value), 0),
  port: {
    values: 1,
    apply: (draft, value) => {
      if (!isPort(value)) return `'port' : invalid port '${value}'.`;
      draft.checkPort = Number(value);
      return undefined;
    },
  },
  verify: {
    values: 1,
    apply: (draft, value) => {
      if (value !== 'none' && value !== 'required')
        return `'verify' : unknown verify method '${value}', only 'none' and 'required' are supported.`;
      draft.verifiesNone = value === 'none';
      return undefined;
    },
  },
  'ca-file': {
    values: 1,
    apply: (draft, value) => {
      draft.caFile = value;
      return undefined;
    },
  },
  'check-sni': {
    values: 1,
    apply: (draft, value) => {
      draft.checkName = value;
      return undefined;
    },
  },
  'on-marked-down': {
    values: 1,
    apply: (draft, value) => {
      if (value !== 'shutdown-sessions')
        return "'on-marked-down' expects 'shutdown-sessions' but got another word.";
      draft.endsSessionsWhenDown = true;
      return undefined;
    },
  },
  'on-marked-up': ignored(1),
  'on-error': ignored(1),
  observe: ignored(1),
  'error-limit': ignored(1),
  'init-addr': ignored(1),
  maxconn: count('maxconn', () => undefined, 0),
  minconn: count('minconn', () => undefined, 0),
  maxqueue: count('maxqueue', () => undefined, 0),
  slowstart: time('slowstart', () => undefined),
  'tcp-ut': time('tcp-ut', () => undefined),
  id: count('id', () => undefined),
  verifyhost: ignored(1),
  tfo: ignored(0),
};

/** @returns the settings with what the words change, or what is wrong with the first bad one. */
export function serverSettings(words: readonly string[], base: ServerSettings): ServerSettings | string {
  const draft: Draft = { ...base };
  const todo = [...words];
  for (let name = todo.shift(); name !== undefined; name = todo.shift()) {
    const keyword = Object.hasOwn(KEYWORDS, name) ? KEYWORDS[name] : undefined;
    if (keyword === undefined) return `unknown keyword '${name}'`;
    if (todo.length < keyword.values) return `'${name}' expects an argument.`;
    const fault = keyword.apply(draft, todo.splice(0, keyword.values)[0] ?? '');
    if (fault !== undefined) return fault;
  }
  return draft;
}

/** @returns what is wrong with it, where something is. */
export function serverEndpoint(text: string): (Endpoint & { readonly number: number }) | string {
  const endpoint = endpointOf(text);
  if (endpoint.host === '') return `missing host in '${text}'`;
  if (endpoint.port === null) return { ...endpoint, number: 0 };
  // A port with a sign is the client's with so much added or taken away.
  if (/^[+-]\d+$/.test(endpoint.port)) return `port offset not supported in '${text}'`;
  return isPort(endpoint.port)
    ? { ...endpoint, number: Number(endpoint.port) }
    : `invalid port '${endpoint.port}' in '${text}'`;
}
