/** Process entry of the worker: reads the configuration, wires the activities, runs until it is asked to stop. */
import { Connection } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import pino from 'pino';
import { EXIT_CONFIG, readConfiguration } from '../schema/configuration.js';
import { openStore } from '../store/open-store.js';
import { createWorkers } from './create-workers.js';
import { serveMetrics } from './metrics-server.js';
import { createMetrics } from './metrics.js';
import { ensureSearchAttributes } from './search-attributes.js';
import { temporalLogger } from './temporal-logger.js';

const read = readConfiguration(process.env, 'worker');
if (!read.ok) {
  for (const fault of read.faults) process.stderr.write(`${fault}\n`);
  process.exit(EXIT_CONFIG);
}
const { configuration } = read;
const log = pino({ name: 'worker', level: configuration.logLevel });
Runtime.install({
  logger: temporalLogger(log),
  // The signals are handled below, so that what is open is closed in order.
  shutdownSignals: [],
});

const { address, namespace, tls, apiKey } = configuration.temporal;
const connectionOptions = { address, tls, ...(apiKey === null ? {} : { apiKey }) };
const client = await Connection.connect(connectionOptions);
await ensureSearchAttributes(client, namespace);
await client.close();

const store = await openStore({
  path: configuration.databasePath,
  secretsKey: configuration.secretsKey,
  addressQuarantineSeconds: configuration.addressQuarantineSeconds,
});
const connection = await NativeConnection.connect(connectionOptions);
const metrics = createMetrics();
const { workers, close } = await createWorkers({ configuration, store, connection, metrics, log });
const metricsServer =
  configuration.metrics === null ? null : await serveMetrics(metrics.registry, configuration.metrics);
const running = Promise.all(workers.map((worker) => worker.run()));
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.once(signal, () => {
    log.info({ signal }, 'stopping: running activities are given time to end');
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  });
}
const metricsUrl = metricsServer?.url ?? null;
log.info({ address, namespace, metricsUrl }, 'working');
process.send?.({ kind: 'ready', metricsUrl });

try {
  await running;
} finally {
  await metricsServer?.close();
  await close();
  await connection.close();
  await store.close();
}
// A parent's channel would keep the process alive.
process.disconnect?.();
