/** One request to Proxmox VE and its answer, as the `fetch` that the API library is given. */
import { fetch, Response, type Dispatcher, type RequestInit } from 'undici';
import { fail, type ClusterwrightError } from '../../domain/errors.js';
import { refusalError, type Refusal, type RequestName } from './errors.js';
import { transportError } from './transport-error.js';

export interface ExchangeOptions {
  readonly dispatcher: Dispatcher;
  readonly timeoutMs: number;
  /** Gives up waiting for the answer. */
  readonly signal?: AbortSignal | undefined;
}

export interface Exchange {
  readonly fetch: (url: string | URL, init?: RequestInit) => Promise<Response>;
  /** What went wrong, once `fetch` has answered. */
  failure(): ClusterwrightError | undefined;
}

const API_PREFIX = '/api2/json';
/** The only spelling that the library takes for JSON. */
const CONTENT_TYPE = 'application/json;charset=UTF-8';

/**
 * The library sends whatever fails a second time, a clone too. So its `fetch` never fails: it keeps the failure and
 * answers with an empty success. Were it asked a second time all the same, it would not send.
 */
export function createExchange(options: ExchangeOptions): Exchange {
  let failure: ClusterwrightError | undefined;
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
        const { status, statusText, text } = await send(url, init, options);
        if (status >= 200 && status < 300) return success(text);
        failure = refusalError(request, refusal(status, statusText, text));
      } catch (error) {
        failure = transportError(request, error);
      }
      return success('{"data":null}');
    },
  };
}

async function send(url: string | URL, init: RequestInit, options: ExchangeOptions) {
  const deadline = AbortSignal.timeout(options.timeoutMs);
  const signal = options.signal === undefined ? deadline : AbortSignal.any([deadline, options.signal]);
  const answer = await fetch(url, { ...init, signal, dispatcher: options.dispatcher, redirect: 'error' });
  // The body belongs to the answer: a connection that breaks in its middle is one without an answer.
  const text = await answer.text();
  const { status, statusText } = answer;
  if (status >= 200 && status < 300) JSON.parse(text);
  return { status, statusText, text };
}

function success(text: string): Response {
  return new Response(text, { status: 200, headers: { 'content-type': CONTENT_TYPE } });
}

function requestName(url: string | URL, init: RequestInit): RequestName {
  const { pathname } = new URL(url);
  const path = pathname.startsWith(API_PREFIX) ? pathname.slice(API_PREFIX.length) : pathname;
  return { method: init.method ?? 'GET', path: decodeURIComponent(path) };
}

/** Proxmox VE says why in the reason phrase; newer versions also in the body. */
function refusal(status: number, statusText: string, text: string): Refusal {
  const body = parsed(text);
  const message = typeof body.message === 'string' && body.message.trim() !== '' ? body.message : statusText;
  const errors = Object.entries(body.errors ?? {}).map(([name, what]) => [name, String(what)] as const);
  return { status, message, errors: Object.fromEntries(errors) };
}

function parsed(text: string): { readonly message?: unknown; readonly errors?: object | null } {
  try {
    return (JSON.parse(text) as object | null) ?? {};
  } catch {
    return {};
  }
}
