/** `curl`: from the lab's own Internet, and from machines of the lab's network. */
import { readText } from '../disk/root-files.js';
import { httpOver } from '../http-request.js';
import { isInternetAddress } from '../networking/internet-names.js';
import { failWith, type CommandCall, type GuestCommand, type Outcome } from '../shell/guest-command.js';
import { flag, parseOptions, valued, type ParsedOptions } from '../shell/options.js';
import { fetchPage, isNearby, type WebResponse } from '../web.js';

const OPTIONS = [
  ...[
    flag('s', 'silent'),
    flag('S', 'show-error'),
    flag('f', 'fail'),
    flag('L', 'location'),
    flag('k', 'insecure'),
  ],
  ...[
    flag('4', 'ipv4'),
    flag('6', 'ipv6'),
    flag('g', 'globoff'),
    flag('retry-connrefused'),
    flag('retry-all-errors'),
  ],
  ...[
    flag('O', 'remote-name'),
    flag('N', 'no-buffer'),
    flag('v', 'verbose'),
    flag('create-dirs'),
    flag('fail-with-body'),
  ],
  ...[
    valued('o', 'output'),
    valued('w', 'write-out'),
    valued('H', 'header'),
    valued('X', 'request'),
    valued('d', 'data'),
  ],
  ...[
    valued('m', 'max-time'),
    valued('connect-timeout'),
    valued('retry'),
    valued('retry-delay'),
    valued('cacert'),
  ],
  ...[
    valued('A', 'user-agent'),
    valued('proto'),
    valued('u', 'user'),
    flag('tlsv1.2'),
    valued('cert'),
    valued('key'),
  ],
];

const USAGE = 2;
const MALFORMED_URL = 3;
const COULD_NOT_RESOLVE = 6;
const COULD_NOT_CONNECT = 7;
const HTTP_ERROR = 22;
const COULD_NOT_WRITE = 23;
const TIMED_OUT = 28;
const TOO_MANY_REDIRECTS = 47;
const BAD_CERTIFICATE = 60;
const RECEIVE_ERROR = 56;

const MOST_REDIRECTS = 50;
const LONGEST_MS = 300_000;

type Answer =
  | {
      readonly kind: 'answer';
      readonly status: number;
      readonly body: Buffer;
      readonly location: string | undefined;
    }
  | { readonly kind: 'failure'; readonly code: number; readonly message: string };

export const curl: GuestCommand = {
  name: 'curl',
  usageCode: USAGE,
  run: async (args, call) => {
    const options = parseOptions(args, { declared: OPTIONS });
    const [address, ...more] = options.operands;
    if (address === undefined || more.length > 0)
      return failWith(USAGE, 'curl: (2) exactly one URL is taken here');
    let url = parseUrl(address);
    if (url === undefined)
      return failure(options, MALFORMED_URL, 'URL using bad/illegal format or missing URL');
    const limitMs = Number(options.value('m') ?? Infinity) * 1_000;
    const signal = AbortSignal.any([
      call.signal,
      AbortSignal.timeout(Math.min(limitMs || LONGEST_MS, LONGEST_MS)),
    ]);

    for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects += 1) {
      const answer = await get(url, options, call, signal);
      if (answer.kind === 'failure') return failure(options, answer.code, answer.message);
      if (answer.location === undefined || !options.has('L')) return deliver(answer, url, options, call);
      url = new URL(answer.location, url);
    }
    return failure(options, TOO_MANY_REDIRECTS, `Maximum (${MOST_REDIRECTS}) redirects followed`);
  },
};

function parseUrl(text: string): URL | undefined {
  const full = text.includes('://') ? text : `http://${text}`;
  return URL.canParse(full) ? new URL(full) : undefined;
}

/** curl says nothing of it with `-s`, but with `-sS` it does. */
function failure(options: ParsedOptions, code: number, message: string): Outcome {
  const isSilent = options.has('s') && !options.has('S');
  return failWith(code, isSilent ? '' : `curl: (${code}) ${message}`);
}

async function get(
  url: URL,
  options: ParsedOptions,
  call: CommandCall,
  signal: AbortSignal,
): Promise<Answer> {
  const unresolved: Answer = {
    kind: 'failure',
    code: COULD_NOT_RESOLVE,
    message: `Could not resolve host: ${url.hostname}`,
  };
  if (isNearby(url.hostname)) return answerOf(fetchPage(url) ?? { kind: 'error', status: 404 }, call);
  const [address] = call.system.network.resolver.addressesOf(url.hostname);
  if (address === undefined) return unresolved;
  if (!isInternetAddress(address)) return getFromMachine(url, options, call, signal);
  const page = call.system.reachesInternet() ? fetchPage(url) : undefined;
  if (page === undefined) return noConnection(url.hostname, Number(url.port), 'No route to host');
  return answerOf(page, call);
}

async function answerOf(page: WebResponse, { system, signal }: CommandCall): Promise<Answer> {
  if (page.kind === 'redirect')
    return { kind: 'answer', status: 302, body: Buffer.alloc(0), location: page.location };
  if (page.kind === 'error') {
    return { kind: 'answer', status: page.status, body: Buffer.from('Not Found'), location: undefined };
  }
  if (page.takes !== null) await system.latency.wait(page.takes, system.machine.name, signal);
  return { kind: 'answer', status: 200, body: Buffer.from(page.body), location: undefined };
}

async function getFromMachine(
  url: URL,
  options: ParsedOptions,
  call: CommandCall,
  signal: AbortSignal,
): Promise<Answer> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = Number(url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : url.port);
  const dialled = call.system.dial(host, port);
  if (dialled.kind !== 'connected') {
    const reason = dialled.kind === 'refused' ? "Couldn't connect to server" : 'No route to host';
    return noConnection(host, port, reason);
  }
  const file = (name: string): string | undefined => {
    const path = options.value(name);
    return path === undefined ? undefined : readText(call.system.disk, call.path(path));
  };
  const headers = options.values('H').flatMap((line) => {
    const [, name, value] = /^([^:]+):\s*(.*)$/.exec(line) ?? [];
    return name === undefined || value === undefined ? [] : [[name, value] as const];
  });
  try {
    const { status, body, location } = await httpOver({
      stream: dialled.stream,
      url,
      method: options.value('X') ?? (options.has('d') ? 'POST' : 'GET'),
      headers: { 'user-agent': 'curl/8.5.0', accept: '*/*', ...Object.fromEntries(headers) },
      body: options.value('d'),
      signal,
      tls: { isInsecure: options.has('k'), ca: file('cacert'), cert: file('cert'), key: file('key') },
    });
    return { kind: 'answer', status, body, location };
  } catch (error) {
    return brokenOff(error as NodeJS.ErrnoException, call);
  }
}

function noConnection(host: string, port: number, reason: string): Answer {
  const message = `Failed to connect to ${host} port ${port}: ${reason}`;
  return { kind: 'failure', code: COULD_NOT_CONNECT, message };
}

function brokenOff({ code, name, message }: NodeJS.ErrnoException, call: CommandCall): Answer {
  if (name === 'AbortError' && !call.signal.aborted) {
    return { kind: 'failure', code: TIMED_OUT, message: 'Operation timed out' };
  }
  const isCertificate = /CERT|SIGNATURE|ALTNAME/.test(code ?? '');
  return isCertificate
    ? { kind: 'failure', code: BAD_CERTIFICATE, message: `SSL certificate problem: ${message}` }
    : { kind: 'failure', code: RECEIVE_ERROR, message: `Recv failure: ${message}` };
}

async function deliver(
  { status, body }: Extract<Answer, { kind: 'answer' }>,
  url: URL,
  options: ParsedOptions,
  call: CommandCall,
): Promise<Outcome> {
  if (status >= 400 && options.has('f')) {
    return failure(options, HTTP_ERROR, `The requested URL returned error: ${status}`);
  }
  const after = (options.value('w') ?? '')
    .replaceAll('%{url_effective}', url.href)
    .replaceAll('%{http_code}', String(status))
    .replaceAll('%{response_code}', String(status))
    .replaceAll('\\n', '\n');
  const target = options.has('O') ? (url.pathname.split('/').at(-1) ?? '') : options.value('o');
  if (target === undefined || target === '-')
    return { code: 0, stdout: Buffer.concat([body, Buffer.from(after)]) };
  try {
    await call.files.writeFile(call.path(target), body);
  } catch {
    return failure(options, COULD_NOT_WRITE, `Failure writing output to destination`);
  }
  return { code: 0, stdout: after };
}
