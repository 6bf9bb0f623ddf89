/** HTTPS servers that stand for the hosts of one Proxmox VE cluster, and remember who was asked what. */
import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { fingerprintOf, loadCertificate, type ServerCertificate } from '../../../lab/proxmox/certificate.js';
import { LabState } from '../../../lab/state.js';

export type Handler = (request: IncomingMessage, response: ServerResponse) => void;

export interface EndpointServer {
  readonly name: string;
  readonly url: string;
  readonly fingerprint: string;
  answer: Handler;
  /** Refuses connections from now on. */
  kill(): Promise<void>;
  /** Listens again, at the same address. */
  revive(): Promise<void>;
}

/** @param seen gets `a GET /nodes`: which server, method, and path below `/api2/json`. */
export async function startEndpointServer(name: string, seen: string[]): Promise<EndpointServer> {
  const certificate: ServerCertificate = await loadCertificate(new LabState(null), '127.0.0.1');
  let server: Server;
  const listen = async (port: number): Promise<number> => {
    server = createServer(
      { cert: certificate.certificate, key: certificate.privateKey },
      (request, response) => {
        seen.push(`${name} ${request.method} ${(request.url ?? '').replace('/api2/json', '')}`);
        // What is not read would keep an answer from being taken.
        request.resume();
        self.answer(request, response);
      },
    );
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await listen(0);
  const self: EndpointServer = {
    name,
    url: `https://127.0.0.1:${port}`,
    fingerprint: fingerprintOf(certificate.certificate),
    answer: json(200, { data: [] }),
    async kill() {
      if (!server.listening) return;
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
    revive: async () => void (await listen(port)),
  };
  return self;
}

export function json(status: number, body: object): Handler {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': 'application/json;charset=UTF-8' });
    response.end(JSON.stringify(body));
  };
}

/** Takes the request, and breaks the connection. */
export const drop: Handler = (request) => {
  // Once it was read whole: it may have been carried out.
  request.on('end', () => request.socket.destroy());
};

/** Takes the request, and never answers. */
export const hang: Handler = () => {};
