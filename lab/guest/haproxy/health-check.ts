/** One look at one server: whether it takes connections and, where it is asked by HTTP, what it answers. */
import { readText } from '../disk/root-files.js';
import { httpOver } from '../http-request.js';
import type { GuestSystem } from '../system.js';
import type { Expectation, HealthCheck, Server } from './configuration.js';

export interface CheckResult {
  readonly isPassed: boolean;
  /** As in `show stat`: `L4OK`, `L4CON`, `L7OK`, `L7STS` and so on. */
  readonly code: string;
  readonly status: number | null;
  /** In the words of the log. */
  readonly reason: string;
  readonly info: string;
}

/** The least time that a check has, whatever the lab's speed: TLS takes real time. */
const LEAST_TIMEOUT_MS = 1_000;

/** Never rejects. @param timeoutMs how long the server has for its answer. */
export async function checkServer(
  system: GuestSystem,
  { host, port, settings }: Server,
  check: HealthCheck,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<CheckResult> {
  const target = settings.checkPort ?? port;
  const dialled = system.dial(host, target);
  if (dialled.kind !== 'connected') {
    const info = dialled.kind === 'refused' ? 'Connection refused' : 'No route to host';
    return { isPassed: false, code: 'L4CON', status: null, reason: 'Layer4 connection problem', info };
  }
  const { stream } = dialled;
  if (check.kind === 'tcp' && !settings.checkTls) {
    stream.on('error', () => undefined);
    stream.destroy();
    return { isPassed: true, code: 'L4OK', status: null, reason: 'Layer4 check passed', info: '' };
  }
  const limit = AbortSignal.timeout(Math.max(timeoutMs, LEAST_TIMEOUT_MS));
  const asked = check.kind === 'http' ? check : { method: 'HEAD', path: '/', headers: {} };
  const address = host.includes(':') ? `[${host}]` : host;
  const scheme = settings.checkTls ? 'https' : 'http';
  try {
    const { status, body } = await httpOver({
      stream,
      url: new URL(asked.path, `${scheme}://${settings.checkName ?? address}:${target}`),
      method: asked.method,
      headers: asked.headers,
      signal: AbortSignal.any([signal, limit]),
      tls: {
        isInsecure: settings.verifiesNone,
        ca: settings.caFile === null ? undefined : readText(system.disk, settings.caFile),
      },
    });
    if (check.kind === 'tcp')
      return { isPassed: true, code: 'L6OK', status: null, reason: 'Layer6 check passed', info: '' };
    return judged(check.expect, status, body.toString());
  } catch (error) {
    if (limit.aborted)
      return { isPassed: false, code: 'L7TOUT', status: null, reason: 'Layer7 timeout', info: '' };
    const info = (error as Error).message;
    return settings.checkTls
      ? { isPassed: false, code: 'L6RSP', status: null, reason: 'Layer6 invalid response', info }
      : { isPassed: false, code: 'L7RSP', status: null, reason: 'Layer7 invalid response', info };
  }
}

function judged(expect: Expectation, status: number, body: string): CheckResult {
  if (isExpected(expect, status, body))
    return { isPassed: true, code: 'L7OK', status, reason: 'Layer7 check passed', info: '' };
  return {
    isPassed: false,
    code: 'L7STS',
    status,
    reason: 'Layer7 wrong status',
    info: `HTTP status check returned code <${status}>`,
  };
}

function isExpected(expect: Expectation, status: number, body: string): boolean {
  switch (expect.kind) {
    case 'success':
      return status >= 200 && status < 400;
    case 'status':
      return new RegExp(expect.pattern).test(String(status)) !== expect.isNegated;
    case 'body':
      return new RegExp(expect.pattern).test(body) !== expect.isNegated;
  }
}
