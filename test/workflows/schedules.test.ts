import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Client, Connection } from '@temporalio/client';
import { startDevServer, type DevServer } from '../../lab/temporal/dev-server.js';
import { findTemporalCli } from '../../lab/temporal/find-cli.js';
import { applySchedules } from '../../workers/schedule-set.js';
import { SCHEDULES } from '../../workers/schedules.js';

const directory = mkdtempSync(join(tmpdir(), 'clusterwright-schedules-'));
const IDS = SCHEDULES.map(({ scheduleId }) => scheduleId);

let server: DevServer;
let connection: Connection;
let client: Client;

beforeAll(async () => {
  const executable = await findTemporalCli(() => {});
  const database = join(directory, 'temporal.db');
  server = await startDevServer({ executable, port: await freePort(), uiPort: null, database }, () => {});
  connection = await Connection.connect({ address: server.address });
  client = new Client({ connection });
});

afterAll(async () => {
  await connection.close();
  await server.stop();
  rmSync(directory, { recursive: true, force: true });
});

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}

test('the schedules of the product are made once, and made right after that', async () => {
  const first = await applySchedules(client.schedule, SCHEDULES);
  const [one] = IDS;
  const handle = client.schedule.getHandle(one ?? '');
  await handle.pause('maintenance');
  await handle.update((before) => ({ ...before, spec: { intervals: [{ every: '1 minute' }] } }));

  const second = await applySchedules(client.schedule, SCHEDULES);

  const description = await handle.describe();
  expect(first).toEqual(IDS.map((scheduleId) => ({ scheduleId, change: 'created' })));
  expect(second).toEqual(IDS.map((scheduleId) => ({ scheduleId, change: 'updated' })));
  expect(description.spec.intervals ?? []).toEqual([]);
  expect(description.spec.calendars).toHaveLength(1);
  expect(description.policies.overlap).toBe('SKIP');
  // A person's decision outlives an upgrade.
  expect(description.state).toMatchObject({ paused: true, note: 'maintenance' });
});

test('two processes that apply them at once both succeed', async () => {
  await Promise.all(IDS.map((id) => client.schedule.getHandle(id).delete()));

  const both = await Promise.all([
    applySchedules(client.schedule, SCHEDULES),
    applySchedules(client.schedule, SCHEDULES),
  ]);

  const created = both.flat().filter(({ change }) => change === 'created');
  expect(created.map(({ scheduleId }) => scheduleId).toSorted()).toEqual(IDS.toSorted());
});
