/** An HTTP server of the host that serves documents to the lab's machines, and remembers who asked. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { LabNetwork } from '../../../lab/network/lab-network.js';

export const SERVICE = { address: '10.1.107.2', port: 8_082 } as const;
export const SERVICE_URL = `http://${SERVICE.address}:${SERVICE.port}`;

export interface Asked {
  readonly path: string;
  readonly from: string;
}

export class DocumentServer {
  readonly asked: Asked[] = [];
  private readonly documents = new Map<string, string>();
  private readonly server: Server;

  private constructor() {
    this.server = createServer((request, response) => {
      const path = request.url ?? '';
      this.asked.push({ path, from: String(request.headers['x-forwarded-for']) });
      const text = this.documents.get(path);
      response.writeHead(text === undefined ? 404 : 200).end(text);
    });
  }

  /** At {@link SERVICE} in the machines' network. */
  static async start(network: LabNetwork): Promise<DocumentServer> {
    const documents = new DocumentServer();
    documents.server.listen(0, '127.0.0.1');
    await once(documents.server, 'listening');
    network.expose(SERVICE.address, SERVICE.port, documents.port);
    return documents;
  }

  /** Of the host's loopback. */
  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  put(path: string, text: string): void {
    this.documents.set(path, text);
  }

  paths(): string[] {
    return this.asked.map(({ path }) => path);
  }

  async close(): Promise<void> {
    this.server.close();
    this.server.closeAllConnections();
    await once(this.server, 'close');
  }
}
