import { describe, expect, test } from '@jest/globals';
import type { ClusterwrightError } from '../../domain/errors.js';
import { aClusterOf, aDefinition, aNodeGroup } from '../builders/definition.js';
import { aHost, anInventory } from '../builders/inventory.js';
import { aPlan } from '../builders/plan.js';

function faultsOf(make: () => unknown): { pointer: string; detail: string }[] {
  try {
    make();
  } catch (error) {
    expect((error as ClusterwrightError).code).toBe('PLAN_INFEASIBLE');
    return [...(error as ClusterwrightError).faults];
  }
  throw new Error('a plan was made');
}

describe('a plan', () => {
  test('puts a machine where its local template is, since a local disk cannot be cloned to another host', () => {
    const plan = aPlan(aDefinition());

    expect(plan.machines.map(({ name, host, storage }) => [name, host, storage])).toEqual([
      ['edge-server-1', 'hv5', 'local-zfs'],
    ]);
  });

  test('spreads control planes over hosts when the template is on shared storage', () => {
    const group = aNodeGroup({
      count: 3,
      template: { ...aNodeGroup().template, imageSource: 'ceph-vm:9002/ubuntu-24.04-template' },
      placement: { targetNodes: [], preferredNodes: [], antiAffinity: 'HARD' },
    });

    const plan = aPlan(aDefinition({ nodeGroups: [group] }));

    expect(new Set(plan.machines.map(({ host }) => host)).size).toBe(3);
  });

  test('gives each machine another address, in order', () => {
    const plan = aPlan(aClusterOf(1, 2));

    expect(plan.machines.map(({ network }) => network.address)).toEqual([
      '10.1.107.100',
      '10.1.107.101',
      '10.1.107.102',
    ]);
  });

  test('copies the disk only when it goes to another storage than the template has', () => {
    const template = { ...aNodeGroup().template, imageSource: 'ceph-vm:9002/ubuntu-24.04-template' };
    const linked = aPlan(aDefinition({ nodeGroups: [aNodeGroup({ template })] }));
    const toLocal = { ...template, storage: 'local-zfs' };
    const full = aPlan(aDefinition({ nodeGroups: [aNodeGroup({ template: toLocal })] }));

    expect(linked.machines[0]?.template.fullClone).toBe(false);
    expect(full.machines[0]?.template.fullClone).toBe(true);
    expect(full.machines[0]?.host).toBe('hv6');
  });

  test('lets a server join only after the one before it is Ready, and workers after all servers', () => {
    const steps = new Map(aPlan(aClusterOf(3, 1)).steps.map((step) => [step.id, step.dependsOn]));

    expect(steps.get('edge-server-1/start-server')).toEqual(['edge-server-1/install-k3s']);
    expect(steps.get('edge-server-2/start-server')).toContain('edge-server-1/node-ready');
    expect(steps.get('edge-server-3/start-server')).toContain('edge-server-2/node-ready');
    expect(steps.get('edge-worker-1/start-agent')).toContain('edge-server-3/node-ready');
  });

  test('boots all machines at once', () => {
    const { steps } = aPlan(aClusterOf(3, 2));

    const claims = steps.filter(({ id }) => id.endsWith('/claim-vm'));

    expect(claims.map(({ dependsOn }) => dependsOn)).toEqual(Array.from({ length: 5 }, () => ['reserve']));
  });

  test('has steps in an order in which each comes after those that it depends on', () => {
    const { steps } = aPlan(aClusterOf(3, 2));
    const position = new Map(steps.map(({ id }, index) => [id, index]));

    const backwards = steps.filter(({ dependsOn }, index) =>
      dependsOn.some((id) => (position.get(id) ?? 1e9) >= index),
    );

    expect(backwards).toEqual([]);
  });

  test('expects the time of its critical path: a second worker costs nothing', () => {
    expect(aPlan(aClusterOf(1, 2)).expectedSeconds).toBe(aPlan(aClusterOf(1, 1)).expectedSeconds);
    expect(aPlan(aClusterOf(3, 0)).expectedSeconds).toBeGreaterThan(aPlan(aClusterOf(1, 0)).expectedSeconds);
  });
});

describe('a definition that Proxmox VE cannot carry is refused', () => {
  test.each([
    ['local-zfs:9999/ubuntu-24.04-template', 'there is no template with VMID 9999'],
    ['local-zfs:9001/debian', 'template 9001 is named "ubuntu-24.04-template", not "debian"'],
    [
      'ceph-vm:9001/ubuntu-24.04-template',
      'the disk of template 9001 is on storage "local-zfs", not on "ceph-vm"',
    ],
  ])('when its image source is %s', (imageSource, detail) => {
    const template = { ...aNodeGroup().template, imageSource };

    const faults = faultsOf(() => aPlan(aDefinition({ nodeGroups: [aNodeGroup({ template })] })));

    expect(faults).toEqual([
      { pointer: '/nodeGroups/0/template/imageSource', detail, code: 'TEMPLATE_NOT_FOUND' },
    ]);
  });

  test('when more machines must keep apart than there are hosts, with the reason for each host', () => {
    const group = aNodeGroup({
      count: 5,
      template: { ...aNodeGroup().template, imageSource: 'ceph-vm:9002/ubuntu-24.04-template' },
      placement: { targetNodes: [], preferredNodes: [], antiAffinity: 'HARD' },
    });

    const faults = faultsOf(() => aPlan(aDefinition({ nodeGroups: [group] })));

    expect(faults).toHaveLength(2);
    expect(faults[0]?.pointer).toBe('/nodeGroups/0/placement');
    expect(faults[0]?.detail).toMatch(
      /edge-server-4: hv5: it already has a machine of group "server"; hv6: .*; hv7: /,
    );
  });

  test('when no host has the memory, counting what machines of the same plan take', () => {
    const inventory = anInventory({ hosts: [aHost({ memoryFreeMiB: 6_000 })] });
    const template = aNodeGroup().template;
    const groups = [aNodeGroup(), aNodeGroup({ name: 'worker', role: 'WORKER', template })];

    const faults = faultsOf(() => aPlan(aDefinition({ nodeGroups: groups }), { inventory }));

    expect(faults).toEqual([
      {
        pointer: '/nodeGroups/1/placement',
        detail: 'no host can take edge-worker-1: hv5: it has 1904 MiB of memory free, 4096 MiB are needed',
      },
    ]);
  });

  test('with all faults at once: template, host name, addresses', () => {
    const group = aNodeGroup({
      placement: { targetNodes: ['nowhere'], preferredNodes: [], antiAffinity: 'NONE' },
    });
    const bad = aNodeGroup({ name: 'w', role: 'WORKER', template: { ...group.template, imageSource: null } });

    const faults = faultsOf(() => aPlan(aDefinition({ nodeGroups: [group, bad] }), { freeAddresses: [] }));

    expect(faults.map(({ pointer }) => pointer)).toEqual([
      '/nodeGroups/0/placement/targetNodes/0',
      '/nodeGroups/1/template/imageSource',
      '/nodeGroups/0/placement',
      '/network/ipRange',
    ]);
  });

  test('when the distribution cannot do it', () => {
    const service = {
      name: 'lb',
      type: 'LOAD_BALANCER',
      configuration: {},
      dependsOn: [],
      required: true,
      startupOrder: 1,
    } as const;

    const faults = faultsOf(() => aPlan(aDefinition({ services: [service] })));

    expect(faults.map(({ pointer }) => pointer)).toEqual(['/services/0/type']);
  });
});
