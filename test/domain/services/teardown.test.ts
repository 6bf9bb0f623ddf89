import { describe, expect, test } from '@jest/globals';
import { groupOf, nodeName } from '../../../domain/ids.js';
import type { ServiceDependency } from '../../../domain/cluster-definition.js';
import type { DnsConfiguration } from '../../../domain/services/configuration.js';
import { machinesInStages, teardownStages } from '../../../domain/services/teardown.js';
import { upcastDefinition } from '../../../domain/upcast.js';
import { aClusterOf, aNodeGroup } from '../../builders/definition.js';
import {
  aDnsService,
  aLoadBalancer,
  aMonitoringService,
  aPxeService,
  aStorageService,
  SERVICE_MACHINES,
} from '../../builders/service.js';

const SERVER: NonNullable<DnsConfiguration['server']> = {
  ...{ address: '10.1.107.53', port: 53, zone: 'lab.internal', ttlSeconds: 300 },
  ...{ keyName: 'clusters', keyAlgorithm: 'hmac-sha256', keySecret: 'clusters' },
};
const aRecordsService = (change: { readonly startupOrder?: number } = {}) =>
  aDnsService({ ...change, configuration: { kind: 'RFC2136', machines: null, server: SERVER } });
const aDhcpService = (): ServiceDependency => ({
  ...{ name: 'dhcp', type: 'DHCP', dependsOn: [], required: true, startupOrder: 1 },
  configuration: { machines: SERVICE_MACHINES, dhcpRange: null },
});
const stagesOf = (services: readonly ServiceDependency[]) => teardownStages(aClusterOf(1, 1, { services }));

describe('a cluster is taken down', () => {
  test('in reverse of the order in which its services started, independent ones at once', () => {
    const services = [
      aDnsService(),
      aDhcpService(),
      aLoadBalancer({ startupOrder: 2 }),
      aPxeService({ dependsOn: ['lb'], startupOrder: 3 }),
    ];

    expect(stagesOf(services)).toEqual([
      { groups: ['pxe'], records: false },
      { groups: ['lb'], records: false },
      { groups: ['dns', 'dhcp'], records: false },
    ]);
  });

  test('with its records in their turn, beside machines that have the same one', () => {
    expect(stagesOf([aLoadBalancer({ startupOrder: 2 }), aRecordsService(), aDhcpService()])).toEqual([
      { groups: ['lb'], records: false },
      { groups: ['dhcp'], records: true },
    ]);
    expect(stagesOf([aLoadBalancer(), aRecordsService({ startupOrder: 2 })])).toEqual([
      { groups: [], records: true },
      { groups: ['lb'], records: false },
    ]);
  });

  test('with no stage for what has nothing to remove', () => {
    const services = [
      aLoadBalancer({ configuration: { kind: 'KUBE_VIP', machines: null } }),
      aStorageService(),
      aMonitoringService(),
    ];

    expect(stagesOf(services)).toEqual([]);
    expect(stagesOf([])).toEqual([]);
  });

  test('with its bastions last: others may leave their network through them', () => {
    const { nodeGroups } = aClusterOf(1, 1);
    const jump = aNodeGroup({ name: 'jump', role: 'BASTION' });

    expect(teardownStages({ services: [aLoadBalancer()], nodeGroups: [...nodeGroups, jump] })).toEqual([
      { groups: ['lb'], records: false },
      { groups: ['jump'], records: false },
    ]);
  });

  test('also by a record whose services go in a circle, or are older than their machines', () => {
    const circle = [aLoadBalancer({ dependsOn: ['dns'] }), aDnsService({ dependsOn: ['lb'] })];
    const { machines: _machines, ...older } = aPxeService().configuration;
    const definition = aClusterOf(1, 0, {
      services: [aPxeService({ name: 'boot' })].map((service) => ({
        ...service,
        configuration: older as typeof service.configuration,
      })),
    });

    expect(stagesOf(circle)).toEqual([{ groups: ['lb', 'dns'], records: false }]);
    expect(teardownStages(definition)).toEqual([]);
    expect(teardownStages(upcastDefinition(definition))).toEqual([]);
  });
});

describe('the machines of a cluster', () => {
  const machine = (group: string, ordinal: number) => {
    const name = nodeName('demo', group, ordinal);
    return { clusterUid: 'uid', cluster: 'demo', name, uuid: name, vmid: 20_000, mac: '' };
  };

  test('are told apart by the group in their names, and those of unknown groups are taken for nodes', () => {
    const machines = [
      ...[machine('server', 1), machine('lb', 1), machine('lb', 2), machine('worker', 1)],
      ...[machine('lb-edge', 1), machine('gone', 1), { ...machine('lb', 3), name: 'stranger' }],
    ];
    const stages = [
      { groups: ['lb'], records: false },
      { groups: [], records: true },
    ];

    const named = machinesInStages(machines, stages).map((members) => members.map(({ name }) => name));

    expect(named).toEqual([
      ['stranger', 'demo-gone-1', 'demo-lb-edge-1', 'demo-worker-1', 'demo-server-1'],
      ['demo-lb-2', 'demo-lb-1'],
      [],
    ]);
  });

  test.each([
    ['demo', 'demo-lb-1', 'lb'],
    ['demo', 'demo-lb-1-12', 'lb-1'],
    ['demo', 'demo-1', undefined],
    ['demo', 'other-lb-1', undefined],
    ['demo', 'demo-lb', undefined],
  ])('of %s: %s is of the group %s', (cluster, name, group) => {
    expect(groupOf(cluster, name)).toBe(group);
  });
});
