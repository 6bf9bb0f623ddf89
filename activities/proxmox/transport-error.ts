/** What it means when no answer came at all. */
import { ClusterwrightError, fail } from '../../domain/errors.js';
import type { RequestName } from './errors.js';

export interface TransportFailure {
  readonly error: ClusterwrightError;
  /** False only when it is certain that nothing was sent. */
  readonly mayHaveArrived: boolean;
}

const CERTIFICATE =
  /^(?:CERT_|ERR_TLS_CERT|UNABLE_TO_|SELF_SIGNED_CERT|DEPTH_ZERO_SELF_SIGNED|INVALID_CA|HOSTNAME_MISMATCH)/;

/** Marks what went wrong before there was a connection: see `trustedAgent`. */
export class NoConnection extends Error {
  constructor(cause: Error) {
    super(cause.message, { cause });
    this.name = 'NoConnection';
  }
}

/** Classes what `fetch` threw. A change that may have been sent is `OUTCOME_UNKNOWN`, whatever broke. */
export function transportFailure(request: RequestName, error: unknown): TransportFailure {
  const causes = causesOf(error);
  const mayHaveArrived = !causes.some((cause) => cause instanceof NoConnection);
  const own = causes.find((cause) => cause instanceof ClusterwrightError);
  if (own !== undefined) return { error: own, mayHaveArrived };
  const code = causes.map(codeOf).find((candidate) => candidate !== undefined);
  const detail = `${request.method} ${request.path}: ${code ?? ''} ${messageOf(causes)}`.replace('  ', ' ');
  if (!mayHaveArrived && code !== undefined && CERTIFICATE.test(code)) {
    return { error: fail('PROXMOX_CERTIFICATE_MISMATCH', detail, { cause: error }), mayHaveArrived };
  }
  const mayHaveWorked = request.method !== 'GET' && mayHaveArrived;
  const meaning = mayHaveWorked ? 'OUTCOME_UNKNOWN' : 'PROXMOX_UNREACHABLE';
  return { error: fail(meaning, detail, { cause: error }), mayHaveArrived };
}

function causesOf(error: unknown): unknown[] {
  const causes: unknown[] = [];
  for (let at = error; at !== undefined && at !== null && causes.length < 6;) {
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
