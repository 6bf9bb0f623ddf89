import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { CLUSTER_TYPES, type ClusterType } from '../../domain/cluster-definition.js';
import {
  type ClusterVersion,
  compareVersions,
  exampleVersion,
  kubernetesMinor,
  parseVersion,
  versionObjection,
} from '../../domain/versions.js';

function version(type: ClusterType, text: string): ClusterVersion {
  const result = parseVersion(type, text);
  if (result === undefined) throw new Error(text);
  return result;
}

describe('a version', () => {
  test.each([
    ['K3S', 'v1.32.0+k3s1', { major: 1, minor: 32, patch: 0, build: 'k3s1' }],
    ['RKE2', 'v1.32.11+rke2r2', { major: 1, minor: 32, patch: 11, build: 'rke2r2' }],
    ['VANILLA', 'v1.32.0', { major: 1, minor: 32, patch: 0, build: null }],
    ['TALOS', 'v1.9.1', { major: 1, minor: 9, patch: 1, build: null }],
    ['OKD', '4.19.0', { major: 4, minor: 19, patch: 0, build: null }],
    ['OKD', '4.19.0-okd-scos.5', { major: 4, minor: 19, patch: 0, build: 'okd-scos.5' }],
  ] as const)('of %s is read: %s', (type, text, expected) => {
    expect(parseVersion(type, text)).toEqual(expected);
  });

  test.each([
    ['K3S', 'v1.32.0'],
    ['K3S', '1.32.0+k3s1'],
    ['K3S', 'v1.32.0+k3s0'],
    ['K3S', 'v1.32.0-rc1+k3s1'],
    ['K3S', 'v1.032.0+k3s1'],
    ['K3S', ' v1.32.0+k3s1'],
    ['K3S', 'v1.32.0+k3s1\n'],
    ['K3S', 'latest'],
    ['RKE2', 'v1.32.0+k3s1'],
    ['VANILLA', 'v1.32'],
    ['TALOS', '1.9.1'],
    ['OKD', 'v4.19.0'],
    ['OKD', '4.19.0-0.okd-2024'],
  ] as const)('of %s is refused: %j', (type, text) => {
    expect(parseVersion(type, text)).toBeUndefined();
    expect(versionObjection(type, text)).toMatch(`is not a version of ${type}, such as`);
  });

  test.each(CLUSTER_TYPES)('of %s has an example that can be provisioned, on Kubernetes 1.32', (type) => {
    const text = exampleVersion(type);

    expect(versionObjection(type, text)).toBeNull();
    expect(kubernetesMinor(type, version(type, text))).toBe(32);
  });

  test.each([
    ['K3S', 'v1.27.16+k3s1', /too old.*1\.28 to 1\.37/],
    ['K3S', 'v1.38.0+k3s1', /newer.*1\.28 to 1\.37/],
    ['OKD', '4.14.0', /too old.*4\.15 to 4\.24/],
    ['TALOS', 'v1.15.0', /newer.*1\.5 to 1\.14/],
    ['VANILLA', 'v2.0.0', /major version 1/],
    ['OKD', '5.0.0', /major version 4/],
  ] as const)('of %s is not provisioned: %s', (type, text, reason) => {
    expect(versionObjection(type, text)).toMatch(reason);
  });

  test.each([
    ['K3S', 'v1.28.0+k3s1'],
    ['K3S', 'v1.37.9+k3s12'],
    ['OKD', '4.15.0'],
    ['TALOS', 'v1.14.3'],
  ] as const)('of %s at the end of what is supported is provisioned: %s', (type, text) => {
    expect(versionObjection(type, text)).toBeNull();
  });

  test('has its place in an order, with numbers as numbers', () => {
    const k3s = [
      'v1.9.0+k3s1',
      'v1.32.0+k3s1',
      'v1.32.0+k3s2',
      'v1.32.0+k3s10',
      'v1.32.9+k3s1',
      'v1.32.10+k3s1',
    ];
    const okd = ['4.19.0', '4.19.0-okd-scos.5', '4.19.0-okd-scos.12', '4.20.0'];

    const sorted = (type: ClusterType, texts: string[]): ClusterVersion[] =>
      texts
        .toReversed()
        .map((text) => version(type, text))
        .toSorted(compareVersions);

    expect(sorted('K3S', k3s)).toEqual(k3s.map((text) => version('K3S', text)));
    expect(sorted('OKD', okd)).toEqual(okd.map((text) => version('OKD', text)));
  });

  test('is ordered the same way from both sides', () => {
    const anyVersion = fc.record({
      major: fc.integer({ min: 0, max: 3 }),
      minor: fc.integer({ min: 0, max: 3 }),
      patch: fc.integer({ min: 0, max: 3 }),
      build: fc.constantFrom(null, 'k3s1', 'k3s2', 'k3s10', 'okd-scos.1', 'okd-scos.10'),
    });

    fc.assert(
      fc.property(anyVersion, anyVersion, (a, b) => {
        expect(Math.sign(compareVersions(a, b)) + Math.sign(compareVersions(b, a))).toBe(0);
        expect(compareVersions(a, a)).toBe(0);
      }),
    );
  });
});
