import { describe, expect, test } from '@jest/globals';
import { canonicalCertificate, certificateOf, type Removal } from '../../../domain/removal/certificate.js';

const REMOVAL: Removal = {
  ...{ clusterUid: 'uid-1', cluster: 'edge', type: 'K3S', begunAt: '2026-01-01T00:00:00.000Z' },
  belongings: {
    machines: [
      { name: 'edge-server-1', uuid: 'u-1', vmid: 100, host: 'hv5', volumes: ['ceph-vm:vm-100-disk-0'] },
    ],
    addresses: [{ holder: 'edge-server-1', address: '10.1.107.100' }],
    dnsRecords: [{ name: 'api.edge.example', address: '10.1.107.100', server: '10.1.107.1' }],
    secrets: ['kubeconfig'],
    schedules: ['clusterwright/backup/edge'],
    backups: [{ id: 'b-1', destination: 'vault', takenAt: '2025-12-31T00:00:00.000Z' }],
  },
  proofs: [
    { looks: [{ at: 'vms', how: 'none', seenAt: '2026-01-01T00:00:02.000Z' }], notSeen: ['hv9'] },
    { looks: [{ at: 'secrets', how: 'none', seenAt: '2026-01-01T00:00:01.000Z' }], notSeen: [] },
  ],
};

describe('a certificate of removal', () => {
  test('names each thing that was there, each look, and what was kept on purpose', () => {
    const certificate = certificateOf(REMOVAL);

    expect(certificate.removed.map(({ kind, name }) => `${kind} ${name}`)).toEqual([
      'vm edge-server-1',
      'disk ceph-vm:vm-100-disk-0',
      'address 10.1.107.100',
      'dns-record api.edge.example',
      'secret kubeconfig',
      'schedule clusterwright/backup/edge',
    ]);
    expect(certificate.looks.map(({ at }) => at)).toEqual(['secrets', 'vms']);
    expect(certificate).toMatchObject({ removedAt: '2026-01-01T00:00:02.000Z', notSeen: ['hv9'] });
    expect(certificate.kept).toMatchObject([{ kind: 'backup', name: 'b-1' }]);
  });

  test('has one text, in whatever order its fields were written', () => {
    const certificate = certificateOf(REMOVAL);
    const reversed = Object.fromEntries(Object.entries(certificate).toReversed()) as typeof certificate;

    expect(canonicalCertificate(reversed)).toBe(canonicalCertificate(certificate));
    expect(canonicalCertificate({ ...certificate, cluster: 'other' })).not.toBe(
      canonicalCertificate(certificate),
    );
  });
});
