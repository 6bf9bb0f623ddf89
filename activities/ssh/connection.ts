/** SSH connections to machines, with the host key pinned. */
import { NodeSSH } from 'node-ssh';
import ssh2 from 'ssh2';
import type { Socket } from 'node:net';
import { fail, type ClusterwrightError } from '../../domain/errors.js';
import { runCommand, type CommandOptions, type CommandResult } from './command.js';
import { streamCommand, type StreamOptions } from './command-stream.js';
import { fingerprintOf, type HostKeyPin } from './host-key.js';
import { openTunnel } from './socks-tunnel.js';

export interface ConnectOptions {
  readonly address: string;
  readonly port?: number;
  readonly user: string;
  /** OpenSSH or PEM format. */
  readonly privateKey: string;
  readonly hostKey: HostKeyPin;
  /** `socks5://host:port`; without it the machine is connected to directly. */
  readonly proxyUrl?: string;
  readonly signal: AbortSignal;
  /** For the whole of connecting, key exchange and login. */
  readonly readyTimeoutMs?: number;
}

export interface SshConnection {
  /** See {@link runCommand} for what it throws. */
  run(command: string, options: CommandOptions): Promise<CommandResult>;
  /** See {@link streamCommand} for what it throws. */
  stream(command: string, options: StreamOptions): AsyncGenerator<Buffer>;
  dispose(): void;
}

const SSH_PORT = 22;
const READY_TIMEOUT_MS = 10_000;
// Three missed answers: a dead link is noticed within four seconds.
const KEEPALIVE_INTERVAL_MS = 1_000;
const KEEPALIVE_COUNT_MAX = 3;

/**
 * Logs in; the caller disposes of the connection.
 * @throws `SSH_UNREACHABLE`, `SSH_UNAUTHENTICATED`, `SSH_HOST_KEY_CHANGED`
 * @throws `SECRET_UNREADABLE` when the private key is none.
 * @throws the reason of `signal` when that was aborted.
 */
export async function connect(options: ConnectOptions): Promise<SshConnection> {
  const { privateKey, hostKey, signal } = options;
  signal.throwIfAborted();
  if (ssh2.utils.parseKey(privateKey) instanceof Error) {
    throw fail('SECRET_UNREADABLE', 'the SSH private key is not in a format that is known');
  }
  const attempt = new LoginAttempt(options);
  try {
    const client = await attempt.run();
    if (hostKey.expected === null) await hostKey.learnt(attempt.seenKey);
    return {
      run: (command, how) => runCommand(client, command, how),
      stream: (command, how) => streamCommand(client, command, how),
      dispose: () => attempt.dispose(),
    };
  } catch (error) {
    attempt.dispose();
    throw error;
  }
}

/** Connects, lets `use` work with the connection and disposes of it whatever happens. */
export async function withConnection<T>(
  options: ConnectOptions,
  use: (connection: SshConnection) => Promise<T>,
): Promise<T> {
  const connection = await connect(options);
  try {
    return await use(connection);
  } finally {
    connection.dispose();
  }
}

class LoginAttempt {
  seenKey = '';
  private readonly options: ConnectOptions;
  private readonly ssh = new NodeSSH();
  private client: ssh2.Client | undefined;
  private tunnel: Socket | undefined;
  private isDisposed = false;

  constructor(options: ConnectOptions) {
    this.options = options;
  }

  async run(): Promise<ssh2.Client> {
    const { signal, readyTimeoutMs = READY_TIMEOUT_MS } = this.options;
    let stop = (_reason: Error): void => undefined;
    const stopped = new Promise<never>((_resolve, reject) => {
      stop = reject;
    });
    const onAbort = (): void => stop(signal.reason as Error);
    signal.addEventListener('abort', onAbort);
    const timer = setTimeout(
      () =>
        stop(
          fail(
            'SSH_UNREACHABLE',
            `${this.endpoint} did not let us log in within ${readyTimeoutMs / 1_000} s`,
          ),
        ),
      readyTimeoutMs,
    );
    try {
      return await Promise.race([this.login(readyTimeoutMs), stopped]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    }
  }

  dispose(): void {
    this.isDisposed = true;
    // Not `end()`, which waits for the other side to close, and so for ever when that hangs.
    this.client?.destroy();
    this.tunnel?.destroy();
  }

  private get endpoint(): string {
    return `${this.options.user}@${this.options.address}:${this.options.port ?? SSH_PORT}`;
  }

  private async login(timeoutMs: number): Promise<ssh2.Client> {
    const { address, port = SSH_PORT, user, privateKey, proxyUrl, hostKey } = this.options;
    try {
      if (proxyUrl !== undefined) this.tunnel = await openTunnel({ proxyUrl, address, port, timeoutMs });
      if (this.isDisposed) throw new Error('given up');
      const connecting = this.ssh.connect({
        ...(this.tunnel === undefined ? { host: address, port } : { sock: this.tunnel }),
        username: user,
        privateKey,
        readyTimeout: timeoutMs,
        keepaliveInterval: KEEPALIVE_INTERVAL_MS,
        keepaliveCountMax: KEEPALIVE_COUNT_MAX,
        hostVerifier: (key: Buffer) => {
          // Keys are exchanged again later on the same connection, and must stay the same.
          const pinned = hostKey.expected ?? (this.seenKey === '' ? null : this.seenKey);
          this.seenKey = fingerprintOf(key);
          return pinned === null || pinned === this.seenKey;
        },
      });
      this.client = this.ssh.connection ?? undefined;
      // After the login nobody else listens, and a link that dies later would end the process; `close` follows.
      this.client?.on('error', () => undefined);
      // A command is a handful of small packets: each would wait 40 ms for the acknowledgement of the one before.
      this.client?.setNoDelay(true);
      await connecting;
    } catch (error) {
      throw this.failureOf(error);
    } finally {
      if (this.isDisposed) this.dispose();
    }
    if (this.client === undefined || !this.ssh.isConnected()) {
      throw fail('SSH_UNREACHABLE', `${this.endpoint} closed the connection`);
    }
    return this.client;
  }

  private failureOf(error: unknown): ClusterwrightError {
    const { expected } = this.options.hostKey;
    if (expected !== null && this.seenKey !== '' && this.seenKey !== expected) {
      return fail(
        'SSH_HOST_KEY_CHANGED',
        `${this.endpoint} shows the host key SHA256:${this.seenKey}, and SHA256:${expected} is pinned`,
      );
    }
    const message = error instanceof Error ? error.message : String(error);
    const isRefused = error instanceof Error && 'level' in error && error.level === 'client-authentication';
    return fail(isRefused ? 'SSH_UNAUTHENTICATED' : 'SSH_UNREACHABLE', `${this.endpoint}: ${message}`, {
      cause: error,
    });
  }
}
