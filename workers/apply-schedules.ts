/** Process entry: brings the Schedules on the Temporal server up to date, and ends. Run once after each upgrade. */
import { Client, Connection } from '@temporalio/client';
import pino from 'pino';
import { EXIT_CONFIG, readConfiguration } from '../schema/configuration.js';
import { applySchedules } from './schedule-set.js';
import { SCHEDULES } from './schedules.js';

// A worker's environment: where the worker is deployed this can be run, too.
const read = readConfiguration(process.env, 'worker');
if (!read.ok) {
  for (const fault of read.faults) process.stderr.write(`${fault}\n`);
  process.exit(EXIT_CONFIG);
}
const { configuration } = read;
const log = pino({ name: 'schedules', level: configuration.logLevel });
const { address, namespace, tls, apiKey } = configuration.temporal;
const connection = await Connection.connect({ address, tls, ...(apiKey === null ? {} : { apiKey }) });
try {
  const { schedule } = new Client({ connection, namespace });
  for (const { scheduleId, change } of await applySchedules(schedule, SCHEDULES))
    log.info({ scheduleId, change }, 'schedule applied');
} finally {
  await connection.close();
}
