import { describe, expect, test } from '@jest/globals';
import type { Plan } from '../../domain/plan.js';
import type { NodeRecord, StepRecord } from '../../domain/step-record.js';
import { parseClusterDefinition } from '../../schema/cluster-definition.js';
import { cluster, plan, type ClusterView } from '../../schema/responses.js';
import { PLAIN_MACHINE } from '../builders/machine.js';
import { aDefinition, NETWORK } from './definition-builder.js';

const NAME = 'edge-server-1';

const PLAN: Plan = {
  cluster: 'edge',
  type: 'K3S',
  version: 'v1.32.0+k3s1',
  machines: [
    {
      name: NAME,
      group: 'server',
      role: 'CONTROL_PLANE',
      ordinal: 1,
      host: 'pve1',
      ...PLAIN_MACHINE,
      source: {
        kind: 'clone',
        vmid: 9001,
        name: 'ubuntu-24.04-template',
        host: 'pve1',
        storage: 'local-zfs',
        fullClone: false,
      },
      storage: 'local-zfs',
      isoStorage: 'local',
      cores: 2,
      memoryMiB: 4096,
      diskGiB: 20,
      cpuType: 'x86-64-v2-AES',
      network: {
        bridge: 'vmbr0',
        vlan: null,
        address: '10.1.107.100',
        prefixLength: 24,
        gateway: '10.1.107.1',
        nameservers: [],
        domain: 'cluster.internal',
        mtu: null,
      },
      tags: ['clusterwright'],
      labels: { zone: 'a' },
      taints: [{ key: 'dedicated', value: '', effect: 'NoSchedule' }],
      metadata: {},
    },
  ],
  virtualAddresses: [],
  vmidRange: { from: 20_000, to: 29_999 },
  steps: [{ id: 'reserve', title: 'Reserve', machine: null, dependsOn: [], expectedSeconds: 0.5 }],
  expectedSeconds: 0.5,
  warnings: [],
};

const NODE: NodeRecord = {
  name: NAME,
  group: 'server',
  role: 'CONTROL_PLANE',
  host: 'pve1',
  vmid: null,
  address: '10.1.107.100',
  status: 'claim-vm',
  ready: false,
  version: null,
};

const STEP: StepRecord = {
  id: 'reserve',
  title: 'Reserve',
  machine: null,
  status: 'done',
  startedAt: '2026-01-02T03:04:05.000Z',
  endedAt: '2026-01-02T03:04:05.500Z',
  reason: null,
  remedy: null,
};

function aClusterView(): ClusterView {
  const result = parseClusterDefinition(aDefinition(), NETWORK);
  if (!result.ok) throw new Error('the definition is not valid');
  return {
    name: 'edge',
    uid: '0198c1d2',
    type: 'K3S',
    version: 'v1.32.0+k3s1',
    phase: 'BOOT',
    createdAt: '2026-01-02T03:04:05.000Z',
    updatedAt: '2026-01-02T03:04:06.000Z',
    stale: false,
    operation: { id: '0198c1d2', kind: 'provision', status: 'running' },
    definition: result.definition,
    plan: plan.parse(PLAN),
    nodes: [NODE],
    steps: [{ ...STEP, seconds: 0.5 }],
    failure: null,
    timings: { startedAt: '2026-01-02T03:04:05.000Z', readyAt: null, seconds: null },
  };
}

describe('the shapes of answers', () => {
  test('of a plan keep everything that a plan has', () => {
    expect(plan.parse(PLAN)).toEqual(PLAN);
  });

  test('of a cluster keep everything that is known of nodes and steps', () => {
    const view = aClusterView();

    expect(cluster.parse(view)).toEqual(view);
  });

  test('of a cluster want every field, also those that are null', () => {
    const { failure: _, ...incomplete } = aClusterView();

    expect(cluster.safeParse(incomplete).success).toBe(false);
  });
});
