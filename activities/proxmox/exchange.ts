/** One request to Proxmox VE and its answer, as the `fetch` that the API library is given. */
import { Response, type RequestInit } from 'undici';
import { fail } from '../../domain/errors.js';
import { answerError } from './answer-error.js';
import type { Answer, WireRequest } from './endpoint.js';
import type { RequestName } from './errors.js';

export interface ExchangeOptions {
  /** Throws when there is no answer. */
  readonly send: (request: WireRequest) => Promise<Answer>;
  readonly timeoutMs: number;
  /** Gives up waiting for the answer. */
  readonly signal?: AbortSignal | undefined;
  readonly isUpload?: boolean;
}

export interface Exchange {
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  /** What went wrong, once `fetch` has answered. */
  failure(): Error | undefined;
}

const API_PREFIX = '/api2/json';
/** The only spelling that the library takes for JSON. */
const CONTENT_TYPE = 'application/json;charset=UTF-8';

/**
 * The library sends whatever fails a second time, a clone too. So its `fetch` never fails: it keeps the failure and
 * answers with an empty success. Were it asked a second time all the same, it would not send.
 */
export function createExchange({ send, timeoutMs, signal, isUpload = false }: ExchangeOptions): Exchange {
  let failure: Error | undefined;
  let sent = false;
  return {
    failure: () => failure,
    async fetch(url, init = {}) {
      const request = requestName(url, init);
      if (sent) {
        failure ??= fail('OUTCOME_UNKNOWN', `${request.method} ${request.path}: it was sent already`);
        return success('{"data":null}');
      }
      sent = true;
      try {
        const { pathname, search } = new URL(url);
        const target = `${pathname}${search}`;
        const node = nodeOfPath(pathname);
        const answer = await send({ ...request, target, init, timeoutMs, signal, node, isUpload });
        failure = answerError(request, answer);
        if (failure === undefined) return success(answer.text);
      } catch (error) {
        failure = error as Error;
      }
      return success('{"data":null}');
    },
  };
}

function success(text: string): Response {
  return new Response(text, { status: 200, headers: { 'content-type': CONTENT_TYPE } });
}

function requestName(url: string | URL, init: RequestInit): RequestName {
  const { pathname } = new URL(url);
  const path = pathname.startsWith(API_PREFIX) ? pathname.slice(API_PREFIX.length) : pathname;
  return { method: init.method ?? 'GET', path: decodeURIComponent(path) };
}

/** Read before it is decoded: nothing in a name can look like the end of it. */
function nodeOfPath(pathname: string): string | null {
  const node = /^\/api2\/json\/nodes\/([^/]+)/.exec(pathname)?.[1];
  return node === undefined ? null : decodeURIComponent(node);
}
