import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SimulatedCluster } from './simulated-cluster.js';

interface Resource {
  readonly id: string;
  readonly node: string;
  readonly name?: string;
  readonly status: string;
}

let cluster: SimulatedCluster;

beforeAll(async () => {
  cluster = await SimulatedCluster.start();
});

afterAll(() => cluster.stop());

describe('the resources of the cluster', () => {
  test('have the templates, hosts and storages', async () => {
    const all = await cluster.data<Resource[]>('GET', '/cluster/resources');

    const ids = all.map(({ id }) => id);
    expect(ids).toEqual(
      expect.arrayContaining([
        'qemu/9001',
        'qemu/9002',
        'node/storage01',
        'node/hv7',
        'storage/hv5/local',
        'storage/hv6/ceph-vm',
      ]),
    );
    expect(all.find(({ id }) => id === 'qemu/9001')).toMatchObject({
      name: 'ubuntu-24.04-template',
      node: 'hv5',
      template: 1,
      maxdisk: 8 * 2 ** 30,
    });
  });
});

test('the cluster is quorate', async () => {
  const status = await cluster.data<{ type: string; quorate?: number }[]>('GET', '/cluster/status');

  expect(status.find(({ type }) => type === 'cluster')).toMatchObject({ name: 'lab', nodes: 4, quorate: 1 });
  expect(status.filter(({ type }) => type === 'node')).toHaveLength(4);
});

test('the hosts have cores, memory and a VLAN-aware bridge', async () => {
  const hosts = await cluster.data<{ node: string; maxcpu: number; maxmem: number }[]>('GET', '/nodes');
  const bridges = await cluster.data('GET', '/nodes/hv5/network', { type: 'bridge' });
  const status = await cluster.data<{ memory: { total: number } }>('GET', '/nodes/storage01/status');

  expect(hosts.map(({ node, maxcpu, maxmem }) => [node, maxcpu, maxmem / 2 ** 30])).toEqual([
    ['storage01', 16, 64],
    ['hv5', 32, 128],
    ['hv6', 32, 128],
    ['hv7', 32, 128],
  ]);
  expect(bridges).toMatchObject([{ iface: 'vmbr0', type: 'bridge', active: 1, bridge_vlan_aware: 1 }]);
  expect(status.memory.total).toBe(64 * 2 ** 30);
});
