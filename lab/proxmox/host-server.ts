/** One host's own address: it refuses connections while the host is offline, and never answers while it hangs. */
import { once } from 'node:events';
import { createServer, type Server, type ServerOptions } from 'node:https';
import type { RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LabState } from '../state.js';
import type { NodeStates } from './node-states.js';

export interface HostServerOptions {
  readonly name: string;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly tls: Pick<ServerOptions, 'cert' | 'key'>;
  readonly nodeStates: NodeStates;
  readonly listener: RequestListener;
}

export interface HostServer {
  readonly name: string;
  /** Such as `https://127.0.0.1:8006`; it stays the same when the host comes back. */
  readonly url: string;
  close(): Promise<void>;
}

/** @throws Error when the port is taken. */
export async function startHostServer(options: HostServerOptions): Promise<HostServer> {
  const { name, host, nodeStates } = options;
  const server = createServer(options.tls, (request, response) => {
    switch (nodeStates.of(name)) {
      case 'online':
        return options.listener(request, response);
      case 'offline':
        return void request.socket.destroy();
      case 'hanging':
      // Whoever waits is let go when the host goes offline, or the simulator down.
    }
  });
  server.listen(options.port, host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  let isClosed = false;
  nodeStates.onChange((node, state) => {
    if (node !== name || isClosed) return;
    if (state !== 'offline') listenAgain(server, port, host);
    else if (server.listening) void goDown(server);
  });
  return {
    name,
    url: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    close: async () => {
      isClosed = true;
      if (server.listening) await goDown(server);
    },
  };
}

/** On the port that it had before, else the wanted one, else any free one. */
export async function startFurtherHostServer(
  options: HostServerOptions,
  state: LabState,
): Promise<HostServer> {
  const key = `proxmox-address-${options.name}`;
  const kept = state.load<number>(key) ?? options.port;
  const server = await startHostServer({ ...options, port: kept }).catch((error: unknown) => {
    if ((error as { code?: unknown }).code !== 'EADDRINUSE') throw error;
    return startHostServer({ ...options, port: 0 });
  });
  state.save(key, () => Number(new URL(server.url).port));
  return server;
}

function listenAgain(server: Server, port: number, host: string): void {
  if (!server.listening) server.listen(port, host);
}

async function goDown(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
