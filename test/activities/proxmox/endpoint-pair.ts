/** Two endpoints of one cluster, clients of both, and what is seen of their calls. */
import {
  createProxmoxClient,
  type ProxmoxClient,
  type ProxmoxClientOptions,
} from '../../../activities/proxmox/client.js';
import { startEndpointServer, type EndpointServer } from './endpoint-servers.js';

const TOKEN = 'user@pve!test=01234567-89ab-cdef-0123-456789abcdef';

export class EndpointPair {
  readonly a: EndpointServer;
  readonly b: EndpointServer;
  /** Requests as they arrived, such as `a GET /nodes`. */
  readonly seen: string[];
  /** Calls as the client saw them, such as `b ok`. */
  readonly outcomes: string[] = [];
  /** Of breakers, such as `endpoint a: CLOSED -> OPEN`. */
  readonly changes: string[] = [];
  /** Of the breakers' clock, in milliseconds. */
  time = 0;
  private readonly clients: ProxmoxClient[] = [];

  private constructor(a: EndpointServer, b: EndpointServer, seen: string[]) {
    [this.a, this.b, this.seen] = [a, b, seen];
  }

  static async start(): Promise<EndpointPair> {
    const seen: string[] = [];
    const [a, b] = await Promise.all([startEndpointServer('a', seen), startEndpointServer('b', seen)]);
    return new EndpointPair(a, b, seen);
  }

  client(change: Partial<ProxmoxClientOptions> = {}, servers = [this.a, this.b]): ProxmoxClient {
    const client = createProxmoxClient({
      endpoints: servers.map(({ url, fingerprint: sha256 }) => ({
        url,
        trust: { kind: 'fingerprint', sha256 },
      })),
      token: TOKEN,
      breaker: { failureThreshold: 5, resetTimeoutMs: 60_000, now: () => this.time },
      observer: {
        called: ({ endpoint, outcome }) => this.outcomes.push(`${this.nameOf(endpoint)} ${outcome}`),
        breakerChanged: ({ scope, name, from, to }) =>
          this.changes.push(`${scope} ${this.nameOf(name)}: ${from} -> ${to}`),
      },
      ...change,
    });
    this.clients.push(client);
    return client;
  }

  async close(): Promise<void> {
    for (const client of this.clients.splice(0)) await client.close();
    await Promise.all([this.a.kill(), this.b.kill()]);
  }

  private nameOf(origin: string): string {
    return [this.a, this.b].find(({ url }) => url === origin)?.name ?? origin;
  }
}

/** One after another. @returns `ok`, or the code of the error, of each. */
export async function times(count: number, call: () => Promise<unknown>): Promise<unknown[]> {
  const codes: unknown[] = [];
  for (let index = 0; index < count; index += 1) {
    codes.push(
      await call().then(
        () => 'ok',
        (error: { code?: unknown }) => error.code,
      ),
    );
  }
  return codes;
}
