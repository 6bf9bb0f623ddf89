/** Reads one part of a backup as it was before it was sealed; proved at its end. */
import {
  partContext,
  partKey,
  type BackupManifest,
  type BackupPartName,
} from '../../domain/backup/manifest.js';
import { fail } from '../../domain/errors.js';
import { destinationOf, type BackupDependencies } from './dependencies.js';
import { getManifest } from './manifest-file.js';
import { measured } from './measured.js';
import { openStream } from './sealed-stream.js';
import type { BackupPlace } from './verify-backup.js';

/** @throws `BACKUP_CORRUPT` when there is none. */
export async function manifestOf(
  dependencies: BackupDependencies,
  { backupId: id, clusterUid, destination: name }: BackupPlace,
  signal: AbortSignal,
): Promise<BackupManifest> {
  const { masterKey } = dependencies;
  const destination = destinationOf(dependencies, name);
  const manifest = await getManifest({ clusterUid, id }, { destination, masterKey, signal });
  if (manifest === undefined) throw fail('BACKUP_CORRUPT', `${name} has no manifest of the backup ${id}`);
  return manifest;
}

/** @throws `BACKUP_CORRUPT` at its end, when it is not what the manifest says; `BACKUP_KEY_UNKNOWN`, `BACKUP_DESTINATION_*` */
export async function* readPart(
  dependencies: BackupDependencies,
  { place, manifest, part: name, signal }: PartRequest,
): AsyncGenerator<Buffer> {
  const { masterKey } = dependencies;
  const backup = { clusterUid: place.clusterUid, id: place.backupId };
  const part = manifest.parts.find((each) => each.name === name);
  const key = partKey(backup, name);
  const object = await destinationOf(dependencies, place.destination).get(key, signal);
  if (part === undefined || object === undefined)
    throw fail('BACKUP_CORRUPT', `${place.destination} has no ${key}`);
  const content = measured(openStream(object, { masterKey, context: partContext(backup, name) }));
  yield* content.stream;
  const { sha256, bytes } = content.result();
  if (sha256 === part.sha256 && bytes === part.bytes) return;
  throw fail(
    'BACKUP_CORRUPT',
    `${key} in ${place.destination} is not what was written: its hash is another one`,
  );
}

export interface PartRequest {
  readonly place: BackupPlace;
  readonly manifest: BackupManifest;
  readonly part: BackupPartName;
  readonly signal: AbortSignal;
}

/** A part that is small enough to be held, as text. @throws `BACKUP_CORRUPT` for one that is longer. */
export async function readTextPart(
  dependencies: BackupDependencies,
  request: PartRequest,
  mostBytes: number,
): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of readPart(dependencies, request)) {
    bytes += chunk.length;
    if (bytes > mostBytes)
      throw fail('BACKUP_CORRUPT', `the ${request.part} are longer than ${mostBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
