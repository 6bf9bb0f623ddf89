/** The lab's own endpoint: inject faults, read the injected latencies, see everything that exists. */
import express from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import type { FaultRule, Faults } from './faults.js';
import type { Latency } from './latency.js';

export interface ControlOptions {
  readonly host: string;
  readonly port: number;
  readonly faults: Faults;
  readonly latency: Latency;
  readonly inspect: () => unknown;
}

/**
 * - `GET /world` everything that exists; `GET /latencies` all injected waits
 * - `GET /faults`, `POST /faults` with a rule, answered with its id; `DELETE /faults/:id` lets go of what it holds
 * - `GET /faults/:id/hit` answers when the rule has hit
 */
export async function startControl(
  options: ControlOptions,
): Promise<{ url: string; close(): Promise<void> }> {
  const { faults, latency, inspect } = options;
  const app = express();
  app.use(express.json());
  app.get('/world', (_request, response) => {
    response.json(inspect());
  });
  app.get('/latencies', (_request, response) => {
    response.json(latency.spans);
  });
  app.get('/faults', (_request, response) => {
    response.json(faults.list());
  });
  app.post('/faults', (request, response) => {
    response.status(201).json({ id: faults.add(request.body as FaultRule) });
  });
  app.delete('/faults/:id', (request, response) => {
    response.sendStatus(faults.remove(request.params.id) ? 204 : 404);
  });
  app.get('/faults/:id/hit', async (request, response) => {
    response.sendStatus((await faults.hit(request.params.id)) ? 200 : 410);
  });
  const server = createServer(app);
  server.listen(options.port, options.host);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host}:${port}`,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
