/** Process entry: brings the Schedules on the Temporal server up to date, and ends. Run once after each upgrade. */
import { Client, Connection } from '@temporalio/client';
import pino from 'pino';
import { EXIT_CONFIG, readConfiguration } from '../schema/configuration.js';
import { certificateSchedule } from '../api/certificate-schedule.js';
import { openStore } from '../store/open-store.js';
import { applySchedules } from './schedule-set.js';
import { SCHEDULES } from './schedules.js';

const PAGE = 500;

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
  const ofClusters = (await clusterNames()).map(certificateSchedule);
  for (const { scheduleId, change } of await applySchedules(schedule, [...SCHEDULES, ...ofClusters]))
    log.info({ scheduleId, change }, 'schedule applied');
} finally {
  await connection.close();
}

/** Clusters that were made by an earlier release have no Schedule yet. */
async function clusterNames(): Promise<string[]> {
  const { databasePath: path, secretsKey, addressQuarantineSeconds } = configuration;
  const store = await openStore({ path, secretsKey, addressQuarantineSeconds });
  try {
    const names: string[] = [];
    for (let after: string | undefined; ; after = names.at(-1)) {
      const page = await store.clusters.list({
        ...{ includeGone: false, limit: PAGE },
        ...(after === undefined ? {} : { after }),
      });
      names.push(...page.map(({ name }) => name));
      if (page.length < PAGE) return names;
    }
  } finally {
    await store.close();
  }
}
