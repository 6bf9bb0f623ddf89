/** Reads a backup back from where it was put, and holds it against what its manifest says. */
import { partContext, partKey, type BackupManifest } from '../../domain/backup/manifest.js';
import { fail } from '../../domain/errors.js';
import type { Pulse } from '../ssh/heartbeat.js';
import { destinationOf, type BackupDependencies } from './dependencies.js';
import { getManifest } from './manifest-file.js';
import { drained, measured } from './measured.js';
import { openStream } from './sealed-stream.js';

export interface BackupPlace {
  readonly backupId: string;
  readonly clusterUid: string;
  readonly destination: string;
}

const MIB = 1024 * 1024;

/** @throws `BACKUP_CORRUPT`, `BACKUP_KEY_UNKNOWN`, `BACKUP_DESTINATION_*` */
export async function verifyBackup(
  dependencies: BackupDependencies,
  { backupId: id, clusterUid, destination: name }: BackupPlace,
  pulse: Pulse,
): Promise<BackupManifest> {
  const { masterKey } = dependencies;
  const { signal } = pulse;
  const destination = destinationOf(dependencies, name);
  const backup = { clusterUid, id };
  const manifest = await getManifest(backup, { destination, masterKey, signal });
  if (manifest === undefined) throw fail('BACKUP_CORRUPT', `${name} has no manifest of the backup ${id}`);
  for (const part of manifest.parts) {
    const key = partKey(backup, part.name);
    const object = await destination.get(key, signal);
    if (object === undefined) throw fail('BACKUP_CORRUPT', `${name} has no ${key}`);
    let said = -1;
    const stored = measured(object, (bytes) => {
      const mebibytes = Math.floor(bytes / MIB);
      if (mebibytes === said) return;
      said = mebibytes;
      pulse.say(`${part.name}: ${mebibytes} MiB read back`);
    });
    const content = await drained(
      openStream(stored.stream, { masterKey, context: partContext(backup, part.name) }),
    );
    const found = stored.result();
    if (
      content.sha256 !== part.sha256 ||
      content.bytes !== part.bytes ||
      found.sha256 !== part.storedSha256
    ) {
      throw fail('BACKUP_CORRUPT', `${key} in ${name} is not what was written: its hash is another one`);
    }
  }
  return manifest;
}
