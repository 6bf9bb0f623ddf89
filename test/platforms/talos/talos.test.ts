import { describe, expect, test } from '@jest/globals';
import type { ClusterDefinition, NodeGroup } from '../../../domain/cluster-definition.js';
import { talos } from '../../../platforms/talos/talos.js';
import { aDefinition, aNodeGroup } from '../../builders/definition.js';
import { aLoadBalancer } from '../../builders/service.js';
import { aBalancedCluster, aMachine, SERVERS } from '../cluster.js';

const CONFIG = {
  installerImage: 'ghcr.io/siderolabs/installer',
  installDisk: '/dev/sda',
  cni: 'flannel',
  patches: [] as readonly Readonly<Record<string, unknown>>[],
} as const;

function aTalosDefinition(
  group: Partial<NodeGroup> = {},
  patches: readonly Readonly<Record<string, unknown>>[] = [],
): ClusterDefinition {
  return aDefinition({
    type: 'TALOS',
    version: 'v1.9.1',
    nodeGroups: [aNodeGroup(group)],
    platformConfig: { ...CONFIG, patches },
  });
}

describe('the steps of a machine with Talos', () => {
  const cluster = aBalancedCluster({ type: 'TALOS', platformConfig: CONFIG });
  const worker = aMachine({ name: 'edge-worker-1', role: 'WORKER', address: '10.1.107.110' });

  test('configure each machine before it joins', () => {
    expect(talos.prepare(SERVERS[1]!).map(({ call }) => call)).toEqual([
      { kind: 'apply-configuration', role: 'controlplane' },
    ]);
    expect(talos.prepare(worker).map(({ call }) => call)).toEqual([
      { kind: 'apply-configuration', role: 'worker' },
    ]);
  });

  test('bootstrap one machine, and watch the others become members', () => {
    const joins = [...SERVERS, worker].map((machine) => talos.join(machine, cluster).map(({ call }) => call));

    const version = { kind: 'upgrade', leavesNewer: true };
    expect(joins).toEqual([
      [{ kind: 'bootstrap' }, version],
      [{ kind: 'etcd-member' }, version],
      [{ kind: 'etcd-member' }, version],
      [{ kind: 'answers', role: 'worker' }, version],
    ]);
  });

  test('bring it to exactly the release that is asked for, and a server back into etcd', () => {
    const calls = [SERVERS[1]!, worker].map((machine) =>
      talos.upgradeSteps(machine, cluster).map(({ id, call }) => [id, call]),
    );

    const upgrade = ['upgrade-talos', { kind: 'upgrade', leavesNewer: false }];
    expect(calls).toEqual([[upgrade, ['upgrade-etcd-member', { kind: 'etcd-member' }]], [upgrade]]);
  });
});

describe('what Talos cannot do', () => {
  test('is nothing of a plain definition', () => {
    expect(talos.faults(aTalosDefinition())).toEqual([]);
  });

  test('is to keep the address of the API where Flannel finds its interface by it', () => {
    const plain = aTalosDefinition();
    const services = [aLoadBalancer({ configuration: { kind: 'KUBE_VIP', machines: null } })];
    const isolated = { ...plain, services, network: { ...plain.network, egress: 'BASTION' } } as const;
    const withoutFlannel = { ...isolated, platformConfig: { ...CONFIG, cni: 'none' } };

    expect(talos.faults({ ...plain, services })).toEqual([]);
    expect(talos.faults(withoutFlannel)).toEqual([]);
    expect(talos.faults(isolated)).toMatchObject([{ pointer: '/services/0/configuration/kind' }]);
  });

  const { cloudInit } = aNodeGroup().template;
  const template = aNodeGroup().template;
  const taint = { key: 'gpu', value: 'yes', effect: 'NoSchedule' } as const;

  test.each<[string, Partial<NodeGroup>, string]>([
    [
      'packages',
      { template: { ...template, cloudInit: { ...cloudInit, packages: ['htop'] } } },
      'template/cloudInit/packages',
    ],
    [
      'commands',
      { template: { ...template, cloudInit: { ...cloudInit, runCmd: ['true'] } } },
      'template/cloudInit/runCmd',
    ],
    ['documents over the network', { boot: { ...aNodeGroup().boot, delivery: 'NETWORK' } }, 'boot/delivery'],
    ['two taints of a key', { taints: [taint, { ...taint, effect: 'NoExecute' }] }, 'taints/1'],
  ])('is %s', (_, group, pointer) => {
    expect(talos.faults(aTalosDefinition(group))).toMatchObject([{ pointer: `/nodeGroups/0/${pointer}` }]);
  });

  test.each([
    [{ machine: { type: 'worker' } }, 'machine/type'],
    [{ machine: { network: { hostname: 'x' } } }, 'machine/network/hostname'],
    [{ cluster: { etcd: { ca: { crt: 'x' } } } }, 'cluster/etcd/ca'],
    [{ cluster: { etcd: { $patch: 'delete' } } }, 'cluster/etcd/ca'],
  ])('is the patch %j', (patch, pointer) => {
    expect(talos.faults(aTalosDefinition({}, [{ machine: { sysctls: {} } }, patch]))).toMatchObject([
      { pointer: `/platformConfig/patches/1/${pointer}` },
    ]);
  });

  test('is not what a bastion beside it does', () => {
    const bastion = {
      role: 'BASTION',
      template: { ...template, cloudInit: { ...cloudInit, packages: ['nftables'] } },
    } as const;

    expect(talos.faults(aTalosDefinition(bastion))).toEqual([]);
  });
});
