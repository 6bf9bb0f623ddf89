import { describe, expect, test } from '@jest/globals';
import type { ClusterDefinition } from '../../../domain/cluster-definition.js';
import { clusterVersion } from '../../../domain/upgrade/node-versions.js';
import { upgradeObjection } from '../../../domain/upgrade/upgrade-objection.js';
import { compares } from '../../../domain/upgrade/upgrade-gate.js';
import { aClusterOf } from '../../builders/definition.js';

const node = (role: string, version: string | null) => ({
  ...{
    name: 'n',
    group: 'g',
    role,
    host: 'pve1',
    vmid: 1,
    address: '10.0.0.1',
    status: 'ready',
    ready: true,
  },
  version,
});

const objection = (version: string, change: Partial<ClusterDefinition> = {}, isUpgradable = true) =>
  upgradeObjection(
    { definition: aClusterOf(3, 2, change), nodes: [], isUpgradable },
    { version, via: [], strategy: 'ROLLING' },
  );

describe('an upgrade is refused', () => {
  test('where nobody knows how', () => {
    expect(objection('v1.33.0+k3s1', {}, false)).toMatchObject({ code: 'UPGRADE_NOT_AVAILABLE' });
  });

  test('of OKD with what does it', () => {
    const okd = { type: 'OKD', version: '4.19.0' } as const;

    expect(objection('4.20.0', okd, false)).toEqual({
      code: 'UPGRADE_NOT_AVAILABLE',
      detail: expect.stringContaining('"oc adm upgrade --to=4.20.0"'),
    });
  });

  test('of Talos over minor releases, which it is told by their own names', () => {
    const talos = { type: 'TALOS', version: 'v1.9.1' } as const;

    expect(objection('v1.12.0', talos)).toEqual({
      code: 'UPGRADE_HOP_MISSING',
      detail: expect.stringContaining('TALOS 1.10, 1.11 in "via"'),
    });
  });

  test('where machines install from files of one release', () => {
    const platformConfig = { ...aClusterOf(1, 0).platformConfig, airGapUrl: 'http://mirror/k3s' };

    expect(objection('v1.33.0+k3s1', { platformConfig })).toMatchObject({ code: 'UPGRADE_NOT_AVAILABLE' });
  });

  test.each([
    ['v1.33.0', 'UPGRADE_REFUSED', 'is not a version of K3S'],
    ['v1.31.0+k3s1', 'UPGRADE_REFUSED', 'v1.31.0+k3s1 is older than v1.32.0+k3s1'],
    ['v1.35.0+k3s1', 'UPGRADE_HOP_MISSING', 'Kubernetes 1.33, 1.34 in "via"'],
  ])('to %s', (version, code, detail) => {
    expect(objection(version)).toEqual({ code, detail: expect.stringContaining(detail) });
  });
});

test('an upgrade to what is there is not refused: workers may be behind', () => {
  expect(objection('v1.32.0+k3s1')).toBeNull();
});

test('the version of a cluster is the oldest one of its control plane', () => {
  const nodes = [
    node('CONTROL_PLANE', 'v1.33.0+k3s1'),
    node('CONTROL_PLANE', 'v1.32.4+k3s2'),
    node('CONTROL_PLANE', 'v1.32.4+k3s10'),
    node('WORKER', 'v1.31.0+k3s1'),
    node('SERVICE', null),
  ];

  expect(clusterVersion(nodes, { type: 'K3S', version: 'v1.30.0+k3s1' })).toBe('v1.32.4+k3s2');
  expect(clusterVersion([], { type: 'K3S', version: 'v1.30.0+k3s1' })).toBe('v1.30.0+k3s1');
});

test.each([
  [1, '<', 2, true],
  [2, '<', 2, false],
  [2, '<=', 2, true],
  [2, '==', 2, true],
  [2, '!=', 2, false],
  [2, '>=', 3, false],
  [3, '>', 2, true],
  [Number.NaN, '!=', 2, false],
] as const)('%d %s %d is %s', (value, comparison, threshold, expected) => {
  expect(compares(value, comparison, threshold)).toBe(expected);
});
