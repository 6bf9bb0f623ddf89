import { expect, test } from '@jest/globals';
import { scrapeTargets } from '../../../domain/services/scrape-targets.js';
import { aMonitoringService } from '../../builders/service.js';

const node = (name: string, role: string, ready = true) => {
  const address = `10.1.107.${100 + name.length}`;
  return { name, group: 'group', role, address, ready };
};
const NODES = [
  node('lb', 'SERVICE'),
  node('server', 'CONTROL_PLANE', false),
  node('worker', 'WORKER'),
  node('server-two', 'CONTROL_PLANE'),
];

test('nodes that have joined are scraped each, and the API’s exporter through one of them', () => {
  const found = scrapeTargets({ name: 'demo', services: [aMonitoringService()] }, NODES);

  expect(found).toEqual([
    {
      targets: ['10.1.107.106:9100'],
      labels: { job: 'node-exporter', cluster: 'demo', node: 'worker', group: 'group' },
    },
    {
      targets: ['10.1.107.110:9100'],
      labels: { job: 'node-exporter', cluster: 'demo', node: 'server-two', group: 'group' },
    },
    { targets: ['10.1.107.110:30910'], labels: { job: 'kube-state-metrics', cluster: 'demo' } },
  ]);
});

test('there are none without exporters, and none before a node has joined', () => {
  expect(scrapeTargets({ name: 'demo', services: [] }, NODES)).toEqual([]);
  expect(scrapeTargets({ name: 'demo', services: [aMonitoringService()] }, NODES.slice(0, 2))).toEqual([]);
});
