/** The lines of `defaults`, `frontend`, `backend` and `listen`. */
import { takeHttpCheckOption, takeHttpCheckRule, NO_CHECK_LINES, type CheckDraft } from './check-lines.js';
import {
  DEFAULT_SETTINGS,
  TIMEOUTS,
  type Bind,
  type Proxy,
  type Server,
  type ServerSettings,
} from './configuration.js';
import type { Messages } from './messages.js';
import { serverEndpoint, serverSettings } from './server-line.js';
import { endpointOf, isPort, timeOf } from './words.js';

export type SectionKind = Proxy['kind'] | 'defaults';

/** What of a section is taken over from `defaults`. */
export interface Inherited {
  mode: Proxy['mode'];
  balance: string;
  timeouts: Proxy['timeouts'];
  retries: number;
  redispatches: boolean;
  defaultBackend: string | null;
  check: CheckDraft;
  serverDefaults: ServerSettings;
}

export interface Section extends Inherited {
  readonly kind: SectionKind;
  readonly name: string;
  readonly line: number;
  binds: readonly Bind[];
  servers: readonly Server[];
}

const DEFAULT_RETRIES = 3;

export const WITHOUT_DEFAULTS: Readonly<Inherited> = {
  ...{ mode: 'tcp', balance: 'roundrobin', timeouts: {}, retries: DEFAULT_RETRIES, redispatches: false },
  ...{ defaultBackend: null, check: NO_CHECK_LINES, serverDefaults: DEFAULT_SETTINGS },
};

export interface Reading {
  readonly section: Section;
  /** The keyword and its values. */
  readonly words: readonly string[];
  readonly line: number;
  readonly messages: Messages;
  readonly hasFile: (path: string) => boolean;
}

const OPTIONS = new Set([
  ...['tcplog', 'httplog', 'dontlognull', 'log-health-checks', 'logasap', 'dontlog-normal', 'tcpka'],
  ...['clitcpka', 'srvtcpka', 'tcp-check', 'ssl-hello-chk', 'redispatch', 'httpchk', 'forwardfor'],
  ...['http-server-close', 'httpclose', 'http-keep-alive', 'abortonclose', 'splice-auto', 'splice-request'],
  ...['splice-response', 'tcp-smart-accept', 'tcp-smart-connect', 'allbackups', 'prefer-last-server'],
  ...['log-separate-errors', 'contstats', 'http-use-htx', 'nolinger', 'persist'],
]);
const ALGORITHMS = ['roundrobin', 'static-rr', 'leastconn', 'first', 'source', 'random'];
const BIND_VALUES = [
  'name',
  'interface',
  'maxconn',
  'backlog',
  'id',
  'mss',
  'nice',
  'thread',
  'process',
  'shards',
];
const BIND_FLAGS = ['transparent', 'v4v6', 'v6only', 'defer-accept', 'tfo'];
const WITHOUT_EFFECT = [
  'log',
  'maxconn',
  'fullconn',
  'description',
  'hash-type',
  'id',
  'log-format',
  'log-tag',
];
/** With what the section must be able to do: face clients, or servers. */
const SIDES: Readonly<Record<string, 'frontend' | 'backend'>> = {
  ...{ bind: 'frontend', balance: 'backend', server: 'backend', 'default-server': 'backend' },
  ...{ 'http-check': 'backend', 'tcp-check': 'backend', default_backend: 'frontend', retries: 'backend' },
};

/** Says what is wrong, and takes what is right. */
export function takeProxyLine(reading: Reading): void {
  const { section, words, line, messages } = reading;
  const [keyword = '', ...values] = words;
  const side = Object.hasOwn(SIDES, keyword) ? SIDES[keyword] : undefined;
  if (side !== undefined && !isCapable(section.kind, side)) return lacksSide(reading, keyword, side);
  const take = Object.hasOwn(KEYWORDS, keyword) ? KEYWORDS[keyword] : undefined;
  if (take !== undefined) {
    const fault = take(section, values, reading);
    if (fault !== undefined) messages.alert(line, fault);
  } else if (!WITHOUT_EFFECT.includes(keyword)) {
    messages.alert(line, `unknown keyword '${keyword}' in '${section.kind}' section`);
  } else if (values.length === 0) {
    messages.alert(line, `'${keyword}' expects an argument.`);
  }
}

function isCapable(kind: SectionKind, side: 'frontend' | 'backend'): boolean {
  return kind === 'listen' || kind === 'defaults' || kind === side;
}

function lacksSide({ section, line, messages }: Reading, keyword: string, side: string): void {
  const reason = `because ${section.kind} '${section.name}' has no ${side} capability.`;
  if (keyword !== 'server') return messages.warn(line, `'${keyword}' ignored ${reason}`);
  messages.alertAs(
    (file) => `[${file}:${line}] : parsing [${file}:${line}] : 'server' not allowed ${reason}`,
  );
}

type Take = (section: Section, values: readonly string[], reading: Reading) => string | undefined;

const KEYWORDS: Readonly<Record<string, Take>> = {
  mode: (section, [mode = '', ...more]) => {
    if (mode !== 'tcp' && mode !== 'http') return `unknown proxy mode '${mode}'.`;
    if (more.length > 0) return `'mode' cannot handle unexpected argument '${more[0]}'.`;
    section.mode = mode;
    return undefined;
  },
  balance: (section, [algorithm = '']) => {
    if (!ALGORITHMS.includes(algorithm.replace(/\(\d+\)$/, '')))
      return "balance only supports 'roundrobin', 'static-rr', 'leastconn', 'source', 'uri', 'url_param', 'hdr(name)' and 'rdp-cookie(name)' options.";
    section.balance = algorithm;
    return undefined;
  },
  timeout: (section, [name = '', value = '']) => {
    const known = TIMEOUTS.find((each) => each === name);
    if (known === undefined) {
      const all = TIMEOUTS.slice(0, -1).map((each) => `'${each}'`);
      return `'timeout' supports ${all.join(', ')} and 'server-fin' (got '${name}')`;
    }
    if (value === '') return `'timeout ${name}' expects an integer value (in milliseconds)`;
    const ms = timeOf(value);
    if (typeof ms !== 'number') return `unexpected character '${ms.unexpected}' in 'timeout ${name}'`;
    section.timeouts = { ...section.timeouts, [known]: ms };
    return undefined;
  },
  retries: (section, [value = '']) => {
    if (!/^\d+$/.test(value)) return "'retries' expects an integer argument (dispatch counts for one).";
    section.retries = Number(value);
    return undefined;
  },
  option: (section, [name = '', ...values]) => takeOption(section, name, values),
  no: (section, [word = '', name = '']) => {
    if (word !== 'option' || !OPTIONS.has(name)) return `unknown option '${name}'.`;
    if (name === 'redispatch') section.redispatches = false;
    return undefined;
  },
  errorfile: (_section, [code = '', file = ''], { hasFile }) => {
    if (!/^\d{3}$/.test(code)) return 'errorfile : expects <status_code> and <file> as arguments.';
    return hasFile(file) ? undefined : `errorfile : error opening file '${file}'.`;
  },
  default_backend: (section, [name = '']) => {
    if (name === '') return "'default_backend' expects a backend name.";
    section.defaultBackend = name;
    return undefined;
  },
  bind: (section, values, { line, messages }) => takeBind(section, values, line, messages),
  server: (section, [name, address, ...words], { line, messages }) => {
    if (name === undefined || address === undefined)
      return "'server' expects <name> and <addr>[:<port>] as arguments.";
    const label = (fault: string) => (file: string) =>
      `[${file}:${line}] : 'server ${section.name}/${name}' : ${fault}`;
    const endpoint = serverEndpoint(address);
    const settings = serverSettings(words, section.serverDefaults);
    if (typeof endpoint === 'string') messages.alertAs(label(endpoint));
    else if (typeof settings === 'string') messages.alertAs(label(settings));
    else
      section.servers = [
        ...section.servers,
        { line, name, host: endpoint.host, port: endpoint.number, settings },
      ];
    return undefined;
  },
  'default-server': (section, words, { line, messages }) => {
    const settings = serverSettings(words, section.serverDefaults);
    if (typeof settings === 'string') messages.alertAs((file) => `[${file}:${line}] : ${settings}`);
    else section.serverDefaults = settings;
    return undefined;
  },
  'http-check': (section, words) => {
    const draft = { ...section.check };
    const fault = takeHttpCheckRule(draft, words);
    section.check = draft;
    return fault;
  },
  'tcp-check': (_section, [rule = '']) =>
    rule === 'connect'
      ? undefined
      : `'tcp-check' only supports 'comment', 'connect', 'send', 'expect'. but got '${rule}'`,
};

function takeOption(section: Section, name: string, values: readonly string[]): string | undefined {
  if (!OPTIONS.has(name)) return `unknown option '${name}'.`;
  if (name === 'redispatch') section.redispatches = true;
  if (name === 'tcp-check' || name === 'ssl-hello-chk') section.check = NO_CHECK_LINES;
  if (name !== 'httpchk') return undefined;
  const draft = { ...section.check };
  const fault = takeHttpCheckOption(draft, values);
  section.check = draft;
  return fault;
}

function takeBind(
  section: Section,
  [addresses = '', ...words]: readonly string[],
  line: number,
  messages: Messages,
): string | undefined {
  if (addresses === '')
    return "'bind' expects {<path>|[addr1]:port1[-end1]}{,[addr]:port[-end]}... as arguments.";
  const binds: Bind[] = [];
  const device = words.includes('interface') ? (words[words.indexOf('interface') + 1] ?? '') : null;
  for (const text of addresses.split(',')) {
    const { host, port } = endpointOf(text);
    if (port === null) return `'bind' : missing port specification in '${text}'`;
    if (!isPort(port)) return `'bind' : invalid port '${port}'`;
    const isBoth = host === '' || host === '*' || (host === '::' && words.includes('v4v6'));
    const address = isBoth ? '*' : host;
    binds.push({
      line,
      text,
      address,
      port: Number(port),
      isTransparent: words.includes('transparent'),
      device,
    });
  }
  const todo = [...words];
  for (let word = todo.shift(); word !== undefined; word = todo.shift()) {
    if (BIND_VALUES.includes(word)) todo.shift();
    else if (!BIND_FLAGS.includes(word)) {
      messages.alert(line, `'bind ${addresses}' in section '${section.kind}': unknown keyword '${word}'`);
      return undefined;
    }
  }
  section.binds = [...section.binds, ...binds];
  return undefined;
}
