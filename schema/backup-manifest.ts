/** Manifests of backups, as they are read back from where they were put. */
import * as z from 'zod';
import { BACKUP_PARTS, MANIFEST_FORMAT, type BackupManifest } from '../domain/backup/manifest.js';
import { CLUSTER_TYPES } from '../domain/cluster-definition.js';

const sha256 = z.string().regex(/^[0-9a-f]{64}$/);
const bytes = z.int().min(0);

export const backupPart = z.object({
  name: z.enum(BACKUP_PARTS),
  bytes: bytes.meta({ description: 'Of the content, before it is encrypted' }),
  sha256: sha256.meta({ description: 'Of the content, before it is encrypted' }),
  storedBytes: bytes,
  storedSha256: sha256,
});

const manifest = z.object({
  format: z.literal(MANIFEST_FORMAT),
  id: z.string(),
  clusterUid: z.string(),
  cluster: z.string(),
  type: z.enum(CLUSTER_TYPES),
  version: z.string(),
  takenAt: z.iso.datetime(),
  machine: z.string(),
  encryption: z.object({ algorithm: z.literal('AES-256-GCM'), keyId: z.string() }),
  parts: z.array(backupPart),
});

/** @returns `undefined` when the text is no manifest of a format that is known. */
export function parseBackupManifest(text: string): BackupManifest | undefined {
  try {
    const parsed = manifest.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
