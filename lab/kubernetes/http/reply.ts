/** What a request is answered with. */
import type { ServerResponse } from 'node:http';
import type { Status } from '../model/status-error.js';

export interface TextReply {
  readonly kind: 'text';
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Goes on writing for as long as the connection is there. */
export interface StreamReply {
  readonly kind: 'stream';
  readonly open: (response: ServerResponse) => void;
}

export type Reply = TextReply | StreamReply;

export const JSON_TYPE = 'application/json';

export function json(status: number, body: object): TextReply {
  return { kind: 'text', status, contentType: JSON_TYPE, body: `${JSON.stringify(body)}\n` };
}

export function plain(status: number, body: string): TextReply {
  return { kind: 'text', status, contentType: 'text/plain; charset=utf-8', body };
}

export function statusReply(status: Status): TextReply {
  const { retryAfterSeconds } = status.details ?? {};
  const headers = retryAfterSeconds === undefined ? {} : { 'retry-after': String(retryAfterSeconds) };
  return { ...json(status.code, status), headers };
}

export function send(reply: Reply, response: ServerResponse): void {
  if (reply.kind === 'stream') {
    reply.open(response);
    return;
  }
  const { status, contentType, body, headers } = reply;
  response.writeHead(status, {
    ...headers,
    'content-type': contentType,
    'cache-control': 'no-cache, private',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
}
