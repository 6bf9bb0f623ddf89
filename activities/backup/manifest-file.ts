/** The manifest as a file: one line of JSON, and one that proves that we wrote it. No secret is in it. */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import type { BackupManifest } from '../../domain/backup/manifest.js';
import { manifestKey } from '../../domain/backup/manifest.js';
import { fail } from '../../domain/errors.js';
import { parseBackupManifest } from '../../schema/backup-manifest.js';
import type { BackupDestination } from './destinations/destination.js';

const INFO = 'clusterwright/backup-manifest/1';
const PROOF = 'hmac-sha256 ';
/** A file that is longer is no manifest. */
const MOST_BYTES = 1024 * 1024;

interface Access {
  readonly destination: BackupDestination;
  readonly masterKey: Buffer;
  readonly signal: AbortSignal;
}

export async function putManifest(
  manifest: BackupManifest,
  { destination, masterKey, signal }: Access,
): Promise<void> {
  const text = JSON.stringify(manifest);
  const file = Buffer.from(`${text}\n${PROOF}${proofOf(text, masterKey)}\n`);
  await destination.put(manifestKey(manifest), once(file), signal);
}

/**
 * @returns `undefined` when there is none: then there is no whole backup.
 * @throws `BACKUP_CORRUPT` when it is not what we wrote, or belongs to another backup.
 */
export async function getManifest(
  backup: { readonly clusterUid: string; readonly id: string },
  { destination, masterKey, signal }: Access,
): Promise<BackupManifest | undefined> {
  const key = manifestKey(backup);
  const content = await destination.get(key, signal);
  if (content === undefined) return undefined;
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > MOST_BYTES) throw fail('BACKUP_CORRUPT', `${key} is longer than ${MOST_BYTES} bytes`);
    chunks.push(chunk);
  }
  const [text = '', proof = ''] = Buffer.concat(chunks).toString('utf8').split('\n');
  if (!isEqual(proof, `${PROOF}${proofOf(text, masterKey)}`)) {
    throw fail('BACKUP_CORRUPT', `${key} was altered, or was written with another key`);
  }
  const manifest = parseBackupManifest(text);
  if (manifest === undefined) throw fail('BACKUP_CORRUPT', `${key} has a format that is not known`);
  if (manifest.id !== backup.id || manifest.clusterUid !== backup.clusterUid) {
    throw fail('BACKUP_CORRUPT', `${key} belongs to the backup ${manifest.id} of ${manifest.clusterUid}`);
  }
  return manifest;
}

function proofOf(text: string, masterKey: Buffer): string {
  const key = Buffer.from(hkdfSync('sha256', masterKey, Buffer.alloc(0), INFO, 32));
  return createHmac('sha256', key).update(text).digest('hex');
}

function isEqual(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

async function* once(bytes: Buffer): AsyncGenerator<Buffer> {
  yield bytes;
}
