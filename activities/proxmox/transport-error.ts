/** What it means when no answer came at all. */
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { RequestName } from './errors.js';

/** With these the request was never sent. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ETIMEDOUT',
  'UND_ERR_CONNECT_TIMEOUT',
]);

const CERTIFICATE =
  /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|INVALID_CA|HOSTNAME_MISMATCH)/;

/** Classes what `fetch` threw. A change that may have been sent is `OUTCOME_UNKNOWN`, whatever broke. */
export function transportError(request: RequestName, error: unknown): ClusterwrightError {
  const causes = causesOf(error);
  const own = causes.find((cause) => cause instanceof ClusterwrightError);
  if (own !== undefined) return own;
  const code = causes.map(codeOf).find((candidate) => candidate !== undefined);
  const detail = `${request.method} ${request.path}: ${code ?? ''} ${messageOf(causes)}`.replace('  ', ' ');
  if (code !== undefined && CERTIFICATE.test(code)) {
    return fail('PROXMOX_CERTIFICATE_MISMATCH', detail, { cause: error });
  }
  const mayHaveWorked = request.method !== 'GET' && !(code !== undefined && NOT_SENT.has(code));
  return fail(mayHaveWorked ? 'OUTCOME_UNKNOWN' : 'PROXMOX_UNREACHABLE', detail, { cause: error });
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let at = error; at !== undefined && at !== null && causes.length < 5;) {
    causes.push(at);
    at = at instanceof AggregateError ? at.errors[0] : (at as { cause?: unknown }).cause;
  }
  return causes;
}

function codeOf(error: unknown): string | undefined {
  const { code } = error as { code?: unknown };
  return typeof code === 'string' ? code : undefined;
}

/** The innermost one says what happened; those around it only say "fetch failed". */
function messageOf(causes: readonly unknown[]): string {
  const last = causes.at(-1);
  return last instanceof Error ? last.message : String(last);
}
