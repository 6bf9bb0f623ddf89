/** A door on this host's loopback that leads to one port of one machine, through the proxy. */
import { createServer, type Socket } from 'node:net';
import { once } from 'node:events';
import { openTunnel, type TunnelOptions } from '../../ssh/socks-tunnel.js';

const LOOPBACK = '127.0.0.1';

export interface Forwarder {
  /** `127.0.0.1:port` */
  readonly target: string;
  /** Why the last connection was not made; `null` when it was. */
  readonly lastFailure: () => string | null;
  readonly close: () => void;
}

/**
 * The gRPC library opens its connections by itself and knows no SOCKS. Whoever else finds the door gets no further than
 * the machine's own demand for a certificate.
 */
export async function openForwarder(options: TunnelOptions): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  let failure: string | null = null;
  const keep = (socket: Socket): void => {
    sockets.add(socket);
    // A broken connection is told about by its end; an error nobody listens to would end the process.
    socket.on('error', () => undefined);
    socket.once('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    near.pause();
    openTunnel(options).then(
      (far) => {
        failure = null;
        keep(far);
        far.once('close', () => near.destroy());
        near.once('close', () => far.destroy());
        if (near.destroyed || !server.listening) return far.destroy();
        near.pipe(far);
        far.pipe(near);
      },
      (error: unknown) => {
        failure = error instanceof Error ? error.message : String(error);
        near.destroy();
      },
    );
  });
  server.listen(0, LOOPBACK);
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  return {
    target: `${LOOPBACK}:${port}`,
    lastFailure: () => failure,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
