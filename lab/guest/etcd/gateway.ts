/** etcd's own port on a machine: HTTPS for those whom its authority has certified. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { Socket } from 'node:net';
import {
  issueClientCertificate,
  issueServingCertificate,
  type Credential,
} from '../../kubernetes/pki/certificates.js';
import { putFile } from '../disk/root-files.js';
import type { GuestSystem } from '../system.js';
import { gatewayAnswer } from './gateway-answers.js';
import type { LabEtcd } from './lab-etcd.js';

export interface GatewayOptions {
  readonly etcd: LabEtcd;
  readonly node: string;
  readonly authority: Credential;
  /** Where a program of the machine finds what it needs to ask. */
  readonly files: { readonly authority: string; readonly certificate: string; readonly key: string };
  /** What a snapshot of it is: see `snapshot-file.ts`. */
  readonly snapshot: () => Buffer;
  /** All that is kept in it. */
  readonly keys: () => readonly string[];
  /** With it `CLIENT_PORT` speaks gRPC only, and HTTP has a port of its own on the loopback interface. */
  readonly httpPort?: number;
}

const CLIENT_PORT = 2_379;
const LOOPBACK = '127.0.0.1';
const MOST_BYTES = 1_048_576;
const SNAPSHOT = '/v3/maintenance/snapshot';
/** What etcd sends of a snapshot at a time. */
const PIECE_BYTES = 32 * 1024;

/** @returns a function that closes it. */
export async function openGateway(system: GuestSystem, options: GatewayOptions): Promise<() => void> {
  const { node, authority, files, httpPort } = options;
  const names = ['localhost', LOOPBACK, '::1', node, ...system.interfaces.addresses()];
  const [serving, client] = await Promise.all([
    issueServingCertificate(authority, [...new Set(names)]),
    issueClientCertificate(authority, { commonName: 'etcd-client' }),
  ]);
  putFile(system.disk, files.authority, authority.certificate);
  putFile(system.disk, files.certificate, client.certificate);
  putFile(system.disk, files.key, client.privateKey, { mode: 0o600 });
  const server = createServer(
    {
      cert: serving.certificate,
      key: serving.privateKey,
      ca: authority.certificate,
      requestCert: true,
      rejectUnauthorized: true,
      ALPNProtocols: ['http/1.1'],
    },
    (request, response) => void answer(options, request, response),
  );
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  const closers =
    httpPort === undefined
      ? [system.listen(CLIENT_PORT, taking(server))]
      : [
          system.listen(httpPort, taking(server), LOOPBACK),
          system.listen(CLIENT_PORT, (socket) => void socket.destroy()),
        ];
  return () => {
    for (const close of closers) close();
    server.closeAllConnections();
  };
}

function taking(server: Server): (socket: Socket) => void {
  return (socket) => {
    // Clients go away whenever they like.
    socket.on('error', () => undefined);
    server.emit('connection', socket);
  };
}

async function answer(
  { etcd, node, snapshot, keys }: GatewayOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  response.on('error', () => undefined);
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MOST_BYTES) return void request.destroy();
      chunks.push(chunk);
    }
  } catch {
    return;
  }
  const { pathname: path } = new URL(request.url ?? '/', 'https://etcd');
  if (path === SNAPSHOT && request.method === 'POST' && etcd.leader() !== undefined) {
    response.writeHead(200, { 'content-type': 'application/json', connection: 'close' });
    response.end(snapshotLines(snapshot()));
    return;
  }
  const body = Buffer.concat(chunks).toString();
  const { status, body: text } = gatewayAnswer(
    { etcd, node, keys },
    { method: request.method ?? '', path, body },
  );
  response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
  response.end(text);
}

/** One object a line, as the gateway writes what comes in pieces. */
function snapshotLines(file: Buffer): string {
  const lines: string[] = [];
  for (let at = 0; at < file.length; at += PIECE_BYTES) {
    const blob = file.subarray(at, at + PIECE_BYTES);
    const remaining = file.length - at - blob.length;
    const result = { remaining_bytes: String(remaining), blob: blob.toString('base64') };
    lines.push(`${JSON.stringify({ result })}\n`);
  }
  return lines.join('');
}
