/** Which endpoint of the Proxmox VE cluster a request goes to, and whether another one is tried after it. */
import { fail, type ClusterwrightError } from '../../domain/errors.js';
import { answerError } from './answer-error.js';
import { CircuitBreaker, type Pass } from './circuit-breaker.js';
import type { BreakerStanding, ClientObserver } from './client-observer.js';
import { ownNodes } from './endpoint-nodes.js';
import {
  Endpoint,
  type Answer,
  type EndpointAddress,
  type EndpointOptions,
  type Received,
  type WireRequest,
} from './endpoint.js';

/** The words of pveproxy about the host that it passes the request on to: no connection, or one that broke. */
const NO_WORD_FROM_NODE = new Set([595, 596, 597, 599]);
/** The words of a proxy in front of the endpoint. */
const NO_WORD_FROM_ENDPOINT = new Set([502, 503, 504]);
/** There was no connection, so nothing was passed on. */
const NOT_PASSED_ON = 595;
const NO_QUORUM = /cluster not ready - no quorum\?/;

/** Asked of an endpoint that failed: it needs no privilege. */
const VERSION = { path: '/version', target: '/api2/json/version', node: null, isUpload: false } as const;
const TRY_TIMEOUT_MS = 10_000;

/** What a reply means for what comes next. */
interface Reading {
  readonly verdict: keyof Pass;
  /** Another endpoint may do better, and nothing can have been done yet that must not be done twice. */
  readonly goOn: boolean;
}

/**
 * Stays with one endpoint while it is well. A look goes on to the next when there is no answer; a change only when it is
 * certain that it did not arrive. An answer is an answer: a refusal is nobody else's business.
 */
export class Endpoints {
  private readonly endpoints: readonly Endpoint[];
  private readonly nodes = new Map<string, CircuitBreaker>();
  private readonly breaker: EndpointOptions['breaker'];
  private readonly observer: ClientObserver;
  /** Where requests go first. */
  private current = 0;

  constructor(addresses: readonly EndpointAddress[], options: EndpointOptions) {
    this.endpoints = addresses.map((address) => new Endpoint(address, options));
    this.breaker = options.breaker;
    this.observer = options.observer;
  }

  /**
   * @throws `PROXMOX_UNREACHABLE`, `PROXMOX_CERTIFICATE_MISMATCH`, `OUTCOME_UNKNOWN`, and `PROXMOX_NODE_UNREACHABLE`
   *   for a host that could not be reached again and again.
   */
  async send(request: WireRequest): Promise<Answer> {
    const pass = this.enterNode(request);
    let verdict: keyof Pass = 'abandoned';
    try {
      const answer = await this.sendToAny(request);
      verdict = NO_WORD_FROM_NODE.has(answer.status) ? 'failed' : 'succeeded';
      return answer;
    } finally {
      pass?.[verdict]();
    }
  }

  standing(): BreakerStanding[] {
    return [
      ...this.endpoints.map(({ origin, breaker }) => ({
        scope: 'endpoint' as const,
        name: origin,
        state: breaker.state,
      })),
      ...[...this.nodes].map(([name, { state }]) => ({ scope: 'node' as const, name, state })),
    ];
  }

  async close(): Promise<void> {
    await Promise.all(this.endpoints.map((endpoint) => endpoint.close()));
  }

  private async sendToAny(request: WireRequest): Promise<Answer> {
    const failures: [Endpoint, ClusterwrightError][] = [];
    for (const endpoint of this.order(request)) {
      const reply = await endpoint.send(request, (received) => read(endpoint, request, received).verdict);
      if (reply.kind === 'shut') {
        this.leave(endpoint);
        continue;
      }
      const { verdict, goOn } = read(endpoint, request, reply);
      if (goOn || verdict === 'failed') this.leave(endpoint);
      const error = reply.kind === 'none' ? reply.error : answerError(request, reply.answer);
      if (goOn && error !== undefined) {
        failures.push([endpoint, error]);
        continue;
      }
      if (reply.kind === 'none') throw reply.error;
      this.learn(endpoint, request, reply.answer);
      this.tryFailed(request);
      return reply.answer;
    }
    throw this.noneAnswered(request, failures);
  }

  private order({ node, isUpload }: WireRequest): Endpoint[] {
    const ring = [...this.endpoints.slice(this.current), ...this.endpoints.slice(0, this.current)];
    if (!isUpload || node === null) return ring;
    return [
      ...ring.filter((endpoint) => endpoint.node === node),
      ...ring.filter((endpoint) => endpoint.node !== node),
    ];
  }

  /** The next one that is not known to fail is asked first from now on. */
  private leave(endpoint: Endpoint): void {
    if (this.endpoints[this.current] !== endpoint) return;
    const ring = this.endpoints.map((_, step) => (this.current + 1 + step) % this.endpoints.length);
    this.current = ring.find((index) => this.endpoints[index]?.breaker.waitMs === 0) ?? this.current;
  }

  /** In passing, once its time is over: while another one is well, nobody would learn that it is back. */
  private tryFailed(request: WireRequest): void {
    if (request.method !== 'GET') return;
    for (const endpoint of this.endpoints) {
      if (endpoint.breaker.state !== 'OPEN' || endpoint.breaker.waitMs > 0) continue;
      const look = { ...request, ...VERSION, timeoutMs: TRY_TIMEOUT_MS, signal: undefined };
      void endpoint.send(look, (reply) => read(endpoint, look, reply).verdict);
    }
  }

  private learn(endpoint: Endpoint, { method, path }: WireRequest, answer: Answer): void {
    if (method !== 'GET' || path !== '/cluster/status' || answer.status !== 200) return;
    for (const [known, node] of ownNodes(this.endpoints, endpoint, answer.text)) known.node = node;
  }

  /** @throws `PROXMOX_NODE_UNREACHABLE` */
  private enterNode({ node, method, path }: WireRequest): Pass | undefined {
    if (node === null) return undefined;
    const breaker = this.nodes.get(node) ?? this.nodeBreaker(node);
    const pass = breaker.enter();
    if (pass !== undefined) return pass;
    throw fail(
      'PROXMOX_NODE_UNREACHABLE',
      `${method} ${path}: not sent, as ${node} could not be reached ${this.breaker.failureThreshold} times in a row; ` +
        nextTry(breaker),
    );
  }

  private nodeBreaker(name: string): CircuitBreaker {
    const breaker = new CircuitBreaker({
      ...this.breaker,
      onChange: (from, to) => this.observer.breakerChanged?.({ scope: 'node', name, from, to }),
    });
    this.nodes.set(name, breaker);
    return breaker;
  }

  private noneAnswered(
    { method, path }: WireRequest,
    failures: readonly (readonly [Endpoint, ClusterwrightError])[],
  ): ClusterwrightError {
    const [first, ...others] = failures;
    if (first === undefined) {
      const ends = this.endpoints.map(
        ({ origin, lastError, breaker }) =>
          `${origin} failed again and again (${lastError?.message ?? 'by its own words'}), ${nextTry(breaker)}`,
      );
      return fail('PROXMOX_UNREACHABLE', `${method} ${path}: not sent, as ${ends.join('; ')}`);
    }
    if (others.length === 0) return first[1];
    const [, { code }] = first;
    const isSame = others.every(([, error]) => error.code === code);
    const details = failures.map(([{ origin }, { message }]) => `${origin}: ${message}`);
    return fail(isSame ? code : 'PROXMOX_UNREACHABLE', details.join('; '), { cause: first[1] });
  }
}

function read(endpoint: Endpoint, request: WireRequest, reply: Received): Reading {
  const isLook = request.method === 'GET';
  if (reply.kind === 'none') {
    if (request.signal?.aborted) return { verdict: 'abandoned', goOn: false };
    const goOn = isLook || !reply.mayHaveArrived;
    // A person has to look at a certificate: the error that says so must not give way to one that says "later".
    const isMistrusted = reply.error.code === 'PROXMOX_CERTIFICATE_MISMATCH';
    return { verdict: isMistrusted ? 'abandoned' : 'failed', goOn };
  }
  const { status, statusText, text } = reply.answer;
  // About another host, this says nothing of the endpoint: it answers.
  const isOwnFailure =
    NO_WORD_FROM_NODE.has(status) && (request.node === null || request.node === endpoint.node);
  if (isOwnFailure || NO_WORD_FROM_ENDPOINT.has(status)) {
    return { verdict: 'failed', goOn: isLook || status === NOT_PASSED_ON };
  }
  // It is cut off from the others, and has refused: one on the other side can do it.
  const isCutOff = status === 500 && NO_QUORUM.test(`${statusText} ${text}`);
  return { verdict: 'succeeded', goOn: isCutOff };
}

function nextTry({ state, waitMs }: CircuitBreaker): string {
  if (state === 'HALF_OPEN') return 'it is being tried right now';
  return `the next try is at ${new Date(Date.now() + waitMs).toISOString()}`;
}
