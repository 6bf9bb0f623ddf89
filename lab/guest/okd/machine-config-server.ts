/** The machine-config server: HTTPS on port 22623, from which machines fetch what they are to become. */
import { createServer } from 'node:https';
import type { Socket } from 'node:net';
import type { OkdCluster } from './cluster.js';
import { nodeDocument } from './installation.js';

/** @param pools that this one serves: the bootstrap machine has masters only. @returns what takes over a connection. */
export function machineConfigServer(
  cluster: OkdCluster,
  pools: readonly ('master' | 'worker')[],
): (socket: Socket) => void {
  const { installation } = cluster;
  const { certificate: cert, privateKey: key } = installation.serving;
  const server = createServer({ cert, key, ALPNProtocols: ['http/1.1'] }, (request, response) => {
    const pool = pools.find((name) => request.url === `/config/${name}`);
    const answer = (status: number, text: string): void => {
      response.writeHead(status, { 'content-type': 'application/json', connection: 'close' });
      response.end(text);
    };
    if (request.url === '/healthz') return answer(200, '');
    if (request.method !== 'GET' || !/^\/config\/(master|worker)$/.test(request.url ?? ''))
      return answer(404, '');
    if (!/ignition\+json/.test(request.headers.accept ?? '')) return answer(400, '');
    // What is not rendered yet comes later.
    if (pool === undefined) return answer(500, '');
    answer(200, nodeDocument(installation, pool, cluster.credentialEndsAt()));
  });
  server.on('tlsClientError', (_error, socket) => socket.destroy());
  return (socket) => {
    // Clients go away whenever they like.
    socket.on('error', () => undefined);
    server.emit('connection', socket);
  };
}
