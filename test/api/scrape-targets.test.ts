import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { NodeRecord } from '../../domain/step-record.js';
import { scrapeTargetList } from '../../schema/responses.js';
import type { ClusterState } from '../../workflows/messages.js';
import { aClusterOf } from '../builders/definition.js';
import { aMonitoringService } from '../builders/service.js';
import { aCluster } from '../store/store-builder.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const definition = aClusterOf(1, 0, { name: 'demo', services: [aMonitoringService()] });
const NODE: NodeRecord = {
  ...{ name: 'demo-server-1', group: 'server', role: 'CONTROL_PLANE', host: 'hv5', vmid: 20_000 },
  ...{ address: '10.1.107.101', status: 'ready', ready: true, version: 'v1.32.0+k3s1' },
};
const STATE: ClusterState = {
  ...{ version: 1, uid: 'u', name: 'demo', phase: 'READY', definition, plan: null, operation: null },
  ...{ nodes: [NODE], failure: null, createdAt: '', updatedAt: '', readyAt: null },
  ...{ operationCount: 1, queue: [] },
};
const targets = (query = '') => send(`${api.url}/api/v1/clusters/demo/scrape-targets${query}`);

beforeEach(() => {
  api.behave.clusterState = async () => STATE;
});

test('the exporters are listed as Prometheus discovers them, and as a file to save', async () => {
  const [asked, saved] = [await targets(), await targets('?format=file_sd')];

  expect(scrapeTargetList.parse(asked.body).map((one) => one.targets)).toEqual([
    ['10.1.107.101:9100'],
    ['10.1.107.101:30910'],
  ]);
  expect(asked.headers.get('content-type')).toMatch(/^application\/json/);
  expect(saved.body).toEqual(asked.body);
  expect(saved.headers.get('content-disposition')).toMatch(/^attachment; filename="?demo\.json"?$/);
});

test('a list that is not known is an error, after which Prometheus keeps its own', async () => {
  api.behave.clusterState = async () => undefined;
  await api.store.clusters.put(aCluster({ uid: 'u', name: 'demo', phase: 'READY' }));

  expect((await targets()).status).toBe(503);
});

test('of a cluster that is gone there is none', async () => {
  api.behave.clusterState = async () => ({ ...STATE, phase: 'GONE' });

  expect((await targets()).status).toBe(404);
});

test('a form that Prometheus does not have is refused', async () => {
  const { status, body } = await targets('?format=yaml');

  expect([status, body.errors?.[0]?.pointer]).toEqual([400, '/format']);
});
