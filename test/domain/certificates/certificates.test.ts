import { describe, expect, test } from '@jest/globals';
import { daysLeft, dueCertificates, type Certificate } from '../../../domain/certificates/certificate.js';
import { notRenewed } from '../../../domain/certificates/compare-readings.js';
import { mayRestart } from '../../../domain/certificates/stop-proof.js';
import { rotationObjection } from '../../../domain/secrets/rotation-request.js';

const NOW = Date.parse('2026-06-01T00:00:00.000Z');
const DAY_MS = 86_400_000;

const ending = (days: number, change: Partial<Certificate> = {}): Certificate => ({
  ...{ machine: 'edge-1', path: '/a.crt', subject: 'CN=a', isAuthority: false },
  endsAt: new Date(NOW + days * DAY_MS).toISOString(),
  ...change,
});
const authority = (days: number): Certificate => ending(days, { path: '/ca.crt', isAuthority: true });

describe('a renewal', () => {
  test.each([
    [29, 1],
    [30, 0],
    [-3, 1],
  ])('of a certificate with %i days left is due: %i', (days, due) => {
    expect(dueCertificates('K3S', [ending(days), authority(3_000)], NOW)).toHaveLength(due);
  });

  test('is not due for authorities, nor for what cannot outlast them', () => {
    expect(dueCertificates('K3S', [ending(10), authority(10)], NOW)).toEqual([]);
    expect(dueCertificates('K3S', [ending(400), authority(10)], NOW)).toEqual([]);
  });

  test.each([
    ['VANILLA', '/var/lib/kubelet/pki/kubelet-client-current.pem', 'edge-1', 0],
    ['VANILLA', '/etc/kubernetes/pki/apiserver.crt', 'edge-1', 1],
    ['TALOS', 'https://10.0.0.1:6443', 'edge-1', 0],
    ['TALOS', 'kubeconfig', null, 1],
    ['OKD', 'kubeconfig', null, 0],
  ] as const)('of %s is not asked for what it renews itself: %s', (type, path, machine, due) => {
    expect(dueCertificates(type, [ending(5, { path, machine })], NOW)).toHaveLength(due);
  });

  test('is done where each certificate ends later, and names each that does not', () => {
    const before = [ending(5), ending(5, { path: '/b.crt' }), authority(9)];
    const after = [ending(365), ending(5, { path: '/b.crt' }), authority(9)];

    expect(notRenewed('K3S', before, after)).toEqual([
      '/b.crt on edge-1 still ends at 2026-06-06T00:00:00.000Z',
    ]);
    expect(notRenewed('K3S', before, [])).toEqual([]);
  });

  test('counts whole days', () => {
    expect(daysLeft(ending(1.9), NOW)).toBe(1);
    expect(daysLeft(ending(-0.1), NOW)).toBe(-1);
  });
});

describe('a restart', () => {
  const member = (node: string, isHealthy: boolean) => ({
    ...{ id: node, name: node, node, peerUrls: [], isLearner: false, isLeader: false, isHealthy },
    ...{ problem: isHealthy ? null : 'silent', appliedIndex: 9, databaseBytes: 1, revision: 1 },
  });
  const status = (healthy: readonly boolean[]) => ({
    members: healthy.map((each, index) => member(`edge-${index + 1}`, each)),
    ...{ alarms: [], faultTolerance: 0 },
    hasQuorum: healthy.filter(Boolean).length > healthy.length / 2,
  });

  test('is allowed where the others are a majority', () => {
    expect(mayRestart(status([true, true, true]), 'edge-1', false).kind).toBe('ok');
  });

  test('is refused where the others are none', () => {
    expect(mayRestart(status([true, true, false]), 'edge-1', false).kind).toBe('refused');
    expect(mayRestart(status([true, true]), 'edge-1', false).kind).toBe('refused');
  });

  test('costs nothing where certificates have run out, and the quorum with them', () => {
    expect(mayRestart(status([true, false, false]), 'edge-1', true).kind).toBe('ok');
  });

  test('is refused where no quorum is seen for another reason: it may be there all the same', () => {
    expect(mayRestart(status([true, false, false]), 'edge-1', false).kind).toBe('refused');
    expect(mayRestart(status([true, false, false]), 'edge-9', false).kind).toBe('refused');
  });
});

test('secrets that a distribution does not have are not rotated', () => {
  expect(rotationObjection('K3S', 'JOIN_TOKEN')).toBeNull();
  expect(rotationObjection('TALOS', 'SSH_KEYS')).toMatch(/no SSH/);
  expect(rotationObjection('OKD', 'JOIN_TOKEN')).not.toBeNull();
});
