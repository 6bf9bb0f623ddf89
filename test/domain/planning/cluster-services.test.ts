import { describe, expect, test } from '@jest/globals';
import { storageFaults } from '../../../activities/planning/storage-faults.js';
import type { ServiceDependency } from '../../../domain/cluster-definition.js';
import { serviceFaults } from '../../../domain/planning/service-faults.js';
import { withServices } from '../../../domain/services/service-groups.js';
import { aClusterOf } from '../../builders/definition.js';
import { anInventory } from '../../builders/inventory.js';
import { aPlan } from '../../builders/plan.js';
import { aDnsService, aMonitoringService, aStorageService } from '../../builders/service.js';

const TOKENS = new Map([['proxmox-csi', 'csi@pve!x=00000000-0000-0000-0000-000000000000']]);

describe('services in the cluster', () => {
  const services = [
    aDnsService(),
    aStorageService(),
    aMonitoringService({ dependsOn: ['fast'], startupOrder: 5 }),
  ];
  const definition = aClusterOf(1, 1, { services });
  const plan = aPlan(withServices(definition));
  const step = (id: string) => plan.steps.find((one) => one.id === id);
  const server = `${definition.name}-server-1`;

  test('begin when the first node is Ready, after those before them, and the end waits for them', () => {
    expect(step('service-fast')?.dependsOn).toEqual([
      `${server}/node-ready`,
      `${definition.name}-dns-1/dns-server-${definition.name}`,
    ]);
    expect(step('service-monitoring')?.dependsOn).toContain('service-fast');
    expect(step('validate')?.dependsOn).toEqual(
      expect.arrayContaining(['service-fast', 'service-monitoring']),
    );
  });

  test('are waited for by no machine', () => {
    const ofMachines = plan.steps.filter(({ machine }) => machine !== null);

    expect(
      ofMachines.flatMap(({ dependsOn }) => dependsOn).filter((id) => id.startsWith('service-')),
    ).toEqual([]);
  });

  test('by Proxmox CSI have nodes, and only nodes, say where they are', () => {
    const zones = plan.machines.map(({ role, host, labels }) => [
      role,
      labels['topology.kubernetes.io/zone'] === host,
    ]);

    expect(zones).toEqual([
      ['CONTROL_PLANE', true],
      ['WORKER', true],
      ['SERVICE', false],
    ]);
  });
});

const pointers = (services: readonly ServiceDependency[], type: 'K3S' | 'OKD' = 'K3S'): string[] =>
  serviceFaults({ services, type }).map(({ pointer }) => pointer);

test('a service that nodes wait for cannot come after one that waits for nodes', () => {
  const late = aDnsService({ startupOrder: 5 });

  expect(pointers([aStorageService(), late])).toEqual(['/services/1/startupOrder']);
  expect(pointers([aStorageService(), aDnsService()])).toEqual([]);
});

test('the port of the exporter that OKD brings is not taken twice', () => {
  const other = aMonitoringService({ configuration: { nodeExporterPort: 9300 } });

  expect(pointers([aMonitoringService()], 'OKD')).toEqual(['/services/0/configuration/nodeExporterPort']);
  expect(pointers([other], 'OKD')).toEqual([]);
  expect(pointers([aMonitoringService()], 'K3S')).toEqual([]);
});

describe('storage by Proxmox CSI', () => {
  const faults = (
    services: readonly ServiceDependency[],
    inventory = anInventory(),
    tokens: ReadonlyMap<string, string> = TOKENS,
  ) => storageFaults({ services }, inventory, tokens).map(({ pointer }) => pointer);

  test('needs a storage for disks, and a token that is configured', () => {
    const lost = aStorageService({ configuration: { proxmoxStorage: 'nowhere' } });

    expect(faults([aStorageService()])).toEqual([]);
    expect(faults([lost])).toEqual(['/services/0/configuration/proxmoxStorage']);
    expect(faults([aStorageService()], anInventory(), new Map())).toEqual([
      '/services/0/configuration/token',
    ]);
  });

  test('has one token for all of its classes', () => {
    const other = aStorageService({ name: 'slow', configuration: { storageClass: 'slow', token: 'other' } });
    const tokens = new Map([...TOKENS, ['other', 'x']]);

    expect(faults([aStorageService(), other], anInventory(), tokens)).toEqual([
      '/services/1/configuration/token',
    ]);
  });

  test('is refused while a VM has the number that its volumes are named for', () => {
    const { vmids, ...inventory } = anInventory();

    expect(faults([aStorageService()], { ...inventory, vmids: [...vmids, 9999] })).toEqual(['/services/0']);
  });
});
