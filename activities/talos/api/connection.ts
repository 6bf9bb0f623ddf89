/** A connection to the Talos API of one machine (gRPC on port 50000), directly or through a SOCKS proxy. */
import { checkServerIdentity } from 'node:tls';
import { Client, credentials, Metadata, type ChannelCredentials, type ServiceError } from '@grpc/grpc-js';
import type { Credential } from '../../certificates/authority.js';
import { callError, TalosCallError } from './call-error.js';
import { openForwarder, type Forwarder } from './forwarder.js';
import type { Method } from './methods.js';

export const TALOS_PORT = 50_000;

/** How both sides know each other. */
export type TalosTrust =
  /** Both by the authority of the cluster. */
  | { readonly kind: 'cluster'; readonly authority: string; readonly client: Credential }
  /**
   * Neither knows the other: a machine in maintenance mode has a certificate of its own making, and asks for none. It is
   * trusted by its address alone, as a machine is at the first login over SSH.
   */
  | { readonly kind: 'maintenance' };

export interface ConnectOptions {
  readonly address: string;
  /** {@link TALOS_PORT} unless given. */
  readonly port?: number;
  /** `socks5://host:port`, or `null` to connect directly. */
  readonly proxyUrl: string | null;
  readonly trust: TalosTrust;
  readonly signal: AbortSignal;
}

/** Of one call, with the making of the connection. */
const CALL_TIMEOUT_MS = 10_000;
const MAX_MESSAGE_BYTES = 4 * 2 ** 20;
/** In place of an address, which TLS does not allow there. */
const SERVER_NAME = 'talos';

export class TalosConnection {
  private readonly client: Client;
  private readonly signal: AbortSignal;
  private readonly forwarder: Forwarder | null;

  constructor(client: Client, forwarder: Forwarder | null, signal: AbortSignal) {
    this.client = client;
    this.forwarder = forwarder;
    this.signal = signal;
  }

  /** @throws {@link TalosCallError}, or the reason of the signal. */
  async call<Request, Response>(
    { path, request, response }: Method<Request, Response>,
    message: Request,
  ): Promise<Response> {
    this.signal.throwIfAborted();
    return new Promise<Response>((resolve, reject) => {
      const call = this.client.makeUnaryRequest(
        path,
        request.encode,
        response.decode,
        message,
        new Metadata(),
        { deadline: Date.now() + CALL_TIMEOUT_MS },
        (error, value) => {
          this.signal.removeEventListener('abort', cancel);
          if (error !== null) reject(this.reasonOf(error));
          else resolve(value as Response);
        },
      );
      const cancel = (): void => call.cancel();
      this.signal.addEventListener('abort', cancel, { once: true });
    });
  }

  /** All pieces of an answer that comes in several. @throws {@link TalosCallError}, or the reason of the signal. */
  async collect<Request, Response>(
    { path, request, response }: Method<Request, Response>,
    message: Request,
  ): Promise<Response[]> {
    this.signal.throwIfAborted();
    return new Promise<Response[]>((resolve, reject) => {
      const pieces: Response[] = [];
      const stream = this.client.makeServerStreamRequest(
        path,
        request.encode,
        response.decode,
        message,
        new Metadata(),
        { deadline: Date.now() + CALL_TIMEOUT_MS },
      );
      const cancel = (): void => stream.cancel();
      this.signal.addEventListener('abort', cancel, { once: true });
      stream.on('data', (piece: Response) => pieces.push(piece));
      stream.on('error', (error: ServiceError) => reject(this.reasonOf(error)));
      stream.on('end', () => resolve(pieces));
      stream.on('close', () => this.signal.removeEventListener('abort', cancel));
    });
  }

  /**
   * The pieces of an answer as they come; it ends only when all have.
   * @param options after `stallMs` without a piece the call is given up.
   * @throws {@link TalosCallError}, or the reason of the signal.
   */
  async *stream<Request, Response>(
    { path, request, response }: Method<Request, Response>,
    message: Request,
    { stallMs }: { readonly stallMs: number },
  ): AsyncGenerator<Response> {
    this.signal.throwIfAborted();
    const stream = this.client.makeServerStreamRequest(path, request.encode, response.decode, message);
    const cancel = (): void => stream.cancel();
    this.signal.addEventListener('abort', cancel, { once: true });
    // An iterator that was left early listens no more, and the end of a call that is cancelled is an error.
    stream.on('error', () => undefined);
    const pieces = (stream as AsyncIterable<Response>)[Symbol.asyncIterator]();
    try {
      for (;;) {
        // Only while one is waited for: whoever takes them may take as long as it likes.
        const stalled = setTimeout(cancel, stallMs);
        const next = await pieces.next().finally(() => clearTimeout(stalled));
        if (next.done === true) return;
        yield next.value;
      }
    } catch (error) {
      throw this.reasonOf(error as ServiceError);
    } finally {
      this.signal.removeEventListener('abort', cancel);
      stream.cancel();
    }
  }

  close(): void {
    this.client.close();
    this.forwarder?.close();
  }

  private reasonOf(error: ServiceError): unknown {
    if (this.signal.aborted) return this.signal.reason;
    const failure = this.forwarder?.lastFailure() ?? null;
    const known = callError(error);
    return failure === null ? known : new TalosCallError(known.code, `through the proxy: ${failure}`, error);
  }
}

export async function connectTalos(options: ConnectOptions): Promise<TalosConnection> {
  const { address, port = TALOS_PORT, proxyUrl, trust, signal } = options;
  const forwarder =
    proxyUrl === null ? null : await openForwarder({ proxyUrl, address, port, timeoutMs: CALL_TIMEOUT_MS });
  const host = address.includes(':') ? `[${address}]` : address;
  const client = new Client(forwarder?.target ?? `${host}:${port}`, channelCredentials(address, trust), {
    'grpc.ssl_target_name_override': SERVER_NAME,
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    // Machines are reached by the way that is configured, and by no proxy of the environment.
    'grpc.enable_http_proxy': 0,
    // Each connection has its own certificate: none is shared with another caller.
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
  });
  return new TalosConnection(client, forwarder, signal);
}

function channelCredentials(address: string, trust: TalosTrust): ChannelCredentials {
  if (trust.kind === 'maintenance') {
    return credentials.createSsl(null, null, null, {
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
  }
  const { authority, client } = trust;
  return credentials.createSsl(
    Buffer.from(authority),
    Buffer.from(client.privateKey),
    Buffer.from(client.certificate),
    // A machine of the cluster is not any other machine of the cluster.
    { checkServerIdentity: (_name, certificate) => checkServerIdentity(address, certificate) },
  );
}
