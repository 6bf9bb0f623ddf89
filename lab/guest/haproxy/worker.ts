/** One generation of HAProxy: what one reading of the configuration opens and balances. */
import { pipeline, type Duplex } from 'node:stream';
import type { Answerer, ConnectionHandler } from '../../network/lab-network.js';
import { findAccount, groupId } from '../disk/accounts.js';
import { isThere, readText } from '../disk/root-files.js';
import type { GuestSystem } from '../system.js';
import { Backend } from './backend.js';
import type { BalancedServer } from './balanced-server.js';
import type { Bind, HaproxyConfiguration, Proxy } from './configuration.js';
import { answerRuntimeCommands } from './runtime-socket.js';

export interface WorkerParts {
  readonly system: GuestSystem;
  readonly configuration: HaproxyConfiguration;
  readonly pid: number;
  readonly file: string;
  readonly log: (line: string) => void;
}

/** What it says when it cannot start. */
export class CannotBind extends Error {}

/** What a connection that was refused waits before it is tried again. */
const RETRY_MS = 1_000;
const NONLOCAL_BIND = '/proc/sys/net/ipv4/ip_nonlocal_bind';

export class Worker {
  readonly backends: readonly Backend[];
  readonly frontends: readonly {
    readonly proxy: Proxy;
    readonly id: number;
    readonly sessions: Set<Duplex>;
  }[];
  readonly startedAt = Date.now();
  readonly parts: WorkerParts;
  private readonly closers: (() => void)[] = [];
  /** Ends the checks. */
  private readonly retired = new AbortController();
  /** Ends what waits for a server. */
  private readonly ended = new AbortController();
  private isAsked = false;

  constructor(parts: WorkerParts) {
    this.parts = parts;
    const { system, configuration, log, pid } = parts;
    const { signal } = this.retired;
    const say = (level: string, text: string): void => log(`${`[${level}]`.padEnd(10)} (${pid}) : ${text}`);
    const numbered = configuration.proxies.map((proxy, index) => ({ proxy, id: index + 2 }));
    this.backends = numbered
      .filter(({ proxy }) => proxy.kind !== 'frontend')
      .map(({ proxy, id }) => new Backend(proxy, id, { system, log: say, signal }));
    this.frontends = numbered
      .filter(({ proxy }) => proxy.kind !== 'backend')
      .map((each) => ({ ...each, sessions: new Set<Duplex>() }));
  }

  /**
   * Opens all ports or none.
   * @param former holds ports that this one takes over without a gap.
   * @throws CannotBind
   */
  start(former?: Worker): void {
    const { system, configuration } = this.parts;
    for (const { proxy } of this.frontends)
      for (const bind of proxy.binds) this.demandFree(proxy, bind, former);
    for (const { line, path } of configuration.sockets)
      if (!isThere(system.disk, path.replace(/\/[^/]*$/, '') || '/'))
        this.cannotBind(
          `${line}] for frontend GLOBAL: cannot bind UNIX socket (No such file or directory) [${path}]`,
        );
    for (const frontend of this.frontends)
      for (const { address, port, device } of frontend.proxy.binds)
        this.closers.push(system.network.ports.open(port, this.handler(frontend), address, device));
    for (const { path, mode, level, user, group } of configuration.sockets) {
      const uid = user === null ? 0 : (findAccount(system.disk, user)?.uid ?? 0);
      const gid = group === null ? 0 : (groupId(system.disk, group) ?? 0);
      const answer = (request: string): string => answerRuntimeCommands(this, request, level);
      this.closers.push(system.sockets.serve(path, answer, { mode, uid, gid }));
    }
    for (const backend of this.backends) backend.startChecks();
  }

  /** Another one has taken over: connections go on, and nothing new begins. */
  retire(): void {
    this.retired.abort();
    for (const close of this.closers.splice(0)) close();
  }

  /** All connections break. */
  end(): void {
    this.retire();
    this.ended.abort();
    for (const { sessions } of this.frontends) for (const session of sessions) session.destroy();
  }

  holds({ address, port }: Bind): boolean {
    return this.frontends.some(({ proxy }) =>
      proxy.binds.some((bind) => bind.address === address && bind.port === port),
    );
  }

  isIdle(): boolean {
    return this.frontends.every(({ sessions }) => sessions.size === 0);
  }

  private demandFree(proxy: Proxy, bind: Bind, former: Worker | undefined): void {
    const { system } = this.parts;
    const { line, address, port, text, device, isTransparent } = bind;
    const where = `${line}] for frontend ${proxy.name}: cannot bind socket`;
    const isOwn =
      ['*', '0.0.0.0', '::'].includes(address) ||
      address.startsWith('127.') ||
      system.interfaces.addresses().includes(address);
    if (device !== null && !system.interfaces.list().some(({ name }) => name === device))
      this.cannotBind(`${where} (cannot bind listener to device ${device} (No such device)) for [${text}]`);
    const isAllowed = isTransparent || readText(system.disk, NONLOCAL_BIND)?.trim() === '1';
    if (!isOwn && !isAllowed) this.cannotBind(`${where} (Cannot assign requested address) for [${text}]`);
    if (former?.holds(bind) !== true && !system.network.ports.isFree(port, address))
      this.cannotBind(`${where} (Address already in use) for [${text}]`);
  }

  private cannotBind(text: string): never {
    throw new CannotBind(`Binding [${this.parts.file}:${text}`);
  }

  private backendOf({ name, kind, defaultBackend }: Proxy): Backend | undefined {
    const wanted = defaultBackend ?? (kind === 'listen' ? name : null);
    return this.backends.find(({ proxy }) => proxy.name === wanted);
  }

  private handler(frontend: Worker['frontends'][number]): ConnectionHandler {
    const accept = (socket: Duplex): void => {
      frontend.sessions.add(socket);
      socket.once('close', () => frontend.sessions.delete(socket));
      socket.on('error', () => undefined);
      if (frontend.sessions.size > this.parts.configuration.maxConnections) socket.destroy();
      else this.connect(frontend.proxy, socket).catch(() => socket.destroy());
    };
    return Object.assign(accept, { answeredBy: () => this.answererBehind(frontend.proxy) });
  }

  /** A refused connection is tried again as often as `retries` says, the last time elsewhere with `redispatch`. */
  private async connect(proxy: Proxy, socket: Duplex): Promise<void> {
    const { system } = this.parts;
    const backend = this.backendOf(proxy);
    if (backend === undefined) return void socket.destroy();
    let server = backend.choose();
    for (let left = backend.proxy.retries; server !== undefined; left -= 1) {
      if (socket.destroyed) return;
      const { host, port } = server.definition;
      // Not at once: a balancer that is its own server would never come to an end.
      await new Promise((resolve) => setImmediate(resolve));
      const dialled = system.dial(host, port === 0 ? (proxy.binds[0]?.port ?? 0) : port);
      if (dialled.kind === 'connected') return join(socket, dialled.stream, server);
      if (left <= 0) break;
      if (left === 1 && backend.proxy.redispatches) server = backend.choose(server);
      else await system.pause(RETRY_MS, this.ended.signal);
    }
    socket.destroy();
  }

  private answererBehind(proxy: Proxy): Answerer | undefined {
    const server = this.backendOf(proxy)?.peek();
    // Asked again on the way: the balancer stands behind itself.
    if (server === undefined || this.isAsked) return undefined;
    this.isAsked = true;
    try {
      const { host, port } = server.definition;
      const traced = this.parts.system.trace(host, port === 0 ? (proxy.binds[0]?.port ?? 0) : port);
      return traced.kind === 'answered' ? traced.by : undefined;
    } finally {
      this.isAsked = false;
    }
  }
}

function join(client: Duplex, upstream: Duplex, server: BalancedServer): void {
  server.total += 1;
  server.sessions.add(client);
  client.once('close', () => server.sessions.delete(client));
  const broken = (error: Error | null | undefined): void => {
    if (error == null) return;
    client.destroy();
    upstream.destroy();
  };
  pipeline(client, upstream, broken);
  pipeline(upstream, client, broken);
  // What the client has left behind is left behind for the server too.
  client.once('close', () => upstream.destroy());
}
