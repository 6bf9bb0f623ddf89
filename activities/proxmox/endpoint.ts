/** One of the addresses at which the Proxmox VE API is reached: a host's own, or a balancer's. */
import { isIP } from 'node:net';
import { fetch, type Agent, type RequestInit } from 'undici';
import type { ClusterwrightError } from '../../domain/errors.js';
import type { CertificateTrust } from '../../schema/configuration.js';
import { CircuitBreaker, type BreakerOptions, type Pass } from './circuit-breaker.js';
import type { ClientObserver } from './client-observer.js';
import type { RequestName } from './errors.js';
import { Limiter } from './limiter.js';
import { transportFailure, type TransportFailure } from './transport-error.js';
import { trustedAgent } from './trust.js';

export interface EndpointAddress {
  /** Such as `https://pve1.example.com:8006`. */
  readonly url: string;
  readonly trust: CertificateTrust;
}

/** A request that is not addressed to an endpoint yet. */
export interface WireRequest extends RequestName {
  /** Path and query, from `/api2/json` on. */
  readonly target: string;
  readonly init: RequestInit;
  readonly timeoutMs: number;
  /** Gives up waiting for the answer. */
  readonly signal: AbortSignal | undefined;
  /** The host that it is about; `null` for the cluster as a whole. */
  readonly node: string | null;
  /** Goes to that host's own endpoint, if there is one: what it sends is large. */
  readonly isUpload: boolean;
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly text: string;
}

export type Reply =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | ({ readonly kind: 'none' } & TransportFailure)
  /** Nothing was sent: the endpoint failed lately. */
  | { readonly kind: 'shut' };

export interface EndpointOptions {
  readonly breaker: Omit<BreakerOptions, 'onChange'>;
  /** How many calls may be under way at once, from this process. */
  readonly maxCalls: number;
  readonly observer: ClientObserver;
}

/** Of a request that was let through. */
export type Received = Exclude<Reply, { kind: 'shut' }>;

export class Endpoint {
  readonly origin: string;
  readonly breaker: CircuitBreaker;
  /** The host that answers here; a guess by the name until it has said so itself. */
  node: string | null;
  lastError: ClusterwrightError | undefined;
  private readonly agent: Agent;
  private readonly limiter = new Limiter();
  private readonly options: EndpointOptions;

  constructor({ url, trust }: EndpointAddress, options: EndpointOptions) {
    const { hostname, origin } = new URL(url);
    this.origin = origin;
    this.node = isIP(hostname.replaceAll(/[[\]]/g, '')) === 0 ? (hostname.split('.')[0] ?? null) : null;
    this.options = options;
    this.agent = trustedAgent(trust);
    this.breaker = new CircuitBreaker({
      ...options.breaker,
      onChange: (from, to) => {
        options.observer.breakerChanged?.({ scope: 'endpoint', name: origin, from, to });
      },
    });
  }

  /**
   * Sends once, unless the endpoint failed lately. Never twice.
   * @param judge what the reply says about the endpoint.
   * @throws the signal's reason when it is aborted before there was a place for the call.
   */
  send(request: WireRequest, judge: (reply: Received) => keyof Pass): Promise<Reply> {
    const { maxCalls, observer } = this.options;
    return this.limiter.run(
      [{ key: this.origin, most: maxCalls }],
      async () => {
        // Only now: it may have failed while the call waited for its place.
        const pass = this.breaker.enter();
        if (pass === undefined) return { kind: 'shut' };
        const startedAt = performance.now();
        const reply = await this.exchange(request);
        if (reply.kind === 'none') this.lastError = reply.error;
        pass[judge(reply)]();
        observer.called?.({
          endpoint: this.origin,
          method: request.method,
          outcome: outcomeOf(reply),
          durationMs: performance.now() - startedAt,
        });
        return reply;
      },
      { signal: request.signal },
    );
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  private async exchange(request: WireRequest): Promise<Received> {
    const deadline = AbortSignal.timeout(request.timeoutMs);
    const signal = request.signal === undefined ? deadline : AbortSignal.any([deadline, request.signal]);
    try {
      const init = { ...request.init, signal, dispatcher: this.agent, redirect: 'error' } as const;
      const response = await fetch(new URL(request.target, this.origin), init);
      // The body belongs to the answer: a connection that breaks in its middle is one without an answer.
      const text = await response.text();
      const { status, statusText, ok } = response;
      if (ok) JSON.parse(text);
      return { kind: 'answer', answer: { status, statusText, text } };
    } catch (error) {
      return { kind: 'none', ...transportFailure(request, error) };
    }
  }
}

function outcomeOf(reply: Received): string {
  if (reply.kind === 'none') return reply.mayHaveArrived ? 'lost' : 'not_sent';
  const { status } = reply.answer;
  return status >= 200 && status < 300 ? 'ok' : `http_${status}`;
}
