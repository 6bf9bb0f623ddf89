/** Backups as tests need them. */
import type { BackupManifest } from '../../domain/backup/manifest.js';

export function aManifest(change: Partial<BackupManifest> = {}): BackupManifest {
  return {
    format: 1,
    id: '0c0ffee0-0000-4000-8000-000000000001',
    clusterUid: 'uid-1',
    cluster: 'edge',
    type: 'K3S',
    version: 'v1.33.4+k3s1',
    takenAt: '2026-01-01T00:00:00.000Z',
    machine: 'edge-masters-1',
    encryption: { algorithm: 'AES-256-GCM', keyId: '0123456789abcdef' },
    parts: [
      {
        name: 'etcd-snapshot',
        bytes: 1_000,
        sha256: 'aa'.repeat(32),
        storedBytes: 1_069,
        storedSha256: 'bb'.repeat(32),
      },
    ],
    ...change,
  };
}
