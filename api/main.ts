/** Process entry of the API: reads the configuration, connects, serves until it is asked to stop. */
import { Client, Connection } from '@temporalio/client';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { EXIT_CONFIG, readConfiguration } from '../schema/configuration.js';
import { openStore } from '../store/open-store.js';
import { createApp } from './app.js';
import { listenForBoots } from './boot/listen.js';
import { Orchestrator } from './orchestrator.js';

const read = readConfiguration(process.env, 'api');
if (!read.ok) {
  for (const fault of read.faults) process.stderr.write(`${fault}\n`);
  process.exit(EXIT_CONFIG);
}
const { configuration } = read;
const { authentication, networkDefaults, machineProxyUrl, listen, healthIntervalSeconds } = configuration;
const log = pino({ name: 'api', level: configuration.logLevel });

const { address, namespace, tls, apiKey } = configuration.temporal;
// Lazily: the API answers, and says what is missing, also while Temporal is away.
const connection = Connection.lazy({ address, tls, ...(apiKey === null ? {} : { apiKey }) });
const store = await openStore({ path: configuration.databasePath, secretsKey: configuration.secretsKey });
const orchestrator = new Orchestrator(new Client({ connection, namespace }));
const server = createServer(
  createApp({
    ...{ store, orchestrator, networkDefaults, machineProxyUrl, authentication, log },
    healthIntervalSeconds,
  }),
);
server.listen(listen.port, listen.host);
await once(server, 'listening');

const boot =
  configuration.boot === null
    ? null
    : await listenForBoots(configuration.boot, { boots: store.boots, log: log.child({ name: 'boot' }) });

const { port } = server.address() as AddressInfo;
const url = `http://${listen.host.includes(':') ? `[${listen.host}]` : listen.host}:${port}`;
if (authentication.kind === 'none') log.warn({ url }, 'open to everyone on this machine: API_AUTH is none');
log.info({ url }, 'serving');
process.send?.({ kind: 'ready', url, bootPort: boot?.port ?? null });

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log.info({ signal }, 'stopping: requests under way are answered');
    server.close(() => {
      void Promise.all([connection.close(), boot?.close()])
        .then(() => store.close())
        .finally(() => process.disconnect?.());
    });
    server.closeIdleConnections();
  });
}
