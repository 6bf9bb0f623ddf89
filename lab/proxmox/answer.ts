/** Answers in the form of PVE's JSON formatter: the reason of a refusal is in the status line, too. */
import type { ServerResponse } from 'node:http';
import { ApiError } from './api-error.js';
import { Page } from './endpoint.js';

export interface Answer {
  readonly status: number;
  readonly reason: string;
  /** `null` sends no body, as pveproxy does when it does not even know who asks. */
  readonly body: unknown;
}

export function success(result: unknown): Answer {
  const page = result instanceof Page ? result : null;
  const body = page === null ? { data: result ?? null } : { data: page.data, total: page.total };
  return { status: 200, reason: 'OK', body };
}

/** An error that is no refusal is a fault of the simulator, and answered as a handler that died. */
export function refusal(error: unknown): Answer {
  const { status, message, errors } = error instanceof ApiError ? error : new ApiError(500, String(error));
  const body = { data: null, message: `${message}\n`, ...(errors === null ? {} : { errors }) };
  return { status, reason: message, body };
}

export function unauthorized(reason: string): Answer {
  return { status: 401, reason, body: null };
}

export function send(response: ServerResponse, answer: Answer): void {
  const text = answer.body === null ? '' : JSON.stringify(answer.body);
  response.statusCode = answer.status;
  response.statusMessage = statusLine(answer.reason);
  response.setHeader('Cache-Control', 'max-age=0');
  response.setHeader('Pragma', 'no-cache');
  response.setHeader('Server', 'pve-api-daemon/3.0');
  if (answer.body !== null) response.setHeader('Content-Type', 'application/json;charset=UTF-8');
  response.setHeader('Content-Length', Buffer.byteLength(text));
  response.end(text);
}

/** Only the first line, and only what a status line may hold. */
function statusLine(reason: string): string {
  const first = reason.split('\n')[0] ?? '';
  return first.replaceAll(/[^\t\u0020-\u007e]/g, '?');
}
