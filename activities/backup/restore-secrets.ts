/** What of the secrets in a backup is needed to restore from it. */
import { fail } from '../../domain/errors.js';
import type { Pulse } from '../ssh/heartbeat.js';
import type { BackupDependencies } from './dependencies.js';
import { manifestOf, readTextPart } from './read-part.js';
import type { BackupPlace } from './verify-backup.js';

/** A snapshot can be read with the token alone that was in use when it was taken: later ones do not open it. */
const OF_THE_SNAPSHOT: ReadonlySet<string> = new Set(['join-token']);
const MOST_BYTES = 64 * 1024 * 1024;

/**
 * Puts the token back, and what the vault has lost. All else stays as it is: machines that are there were told of it.
 * @throws `BACKUP_CORRUPT`, `BACKUP_KEY_UNKNOWN`, `BACKUP_DESTINATION_*`
 * @returns names of the secrets that were changed.
 */
export async function restoreSecrets(
  dependencies: BackupDependencies,
  place: BackupPlace,
  { signal }: Pulse,
): Promise<{ readonly changed: readonly string[] }> {
  const { secrets } = dependencies.store;
  const { clusterUid } = place;
  const kept = await secretsOfBackup(dependencies, place, signal);
  const changed: string[] = [];
  for (const [name, value] of kept) {
    const known = await secrets.get(clusterUid, name);
    if (known === value || (known !== undefined && !OF_THE_SNAPSHOT.has(name))) continue;
    await secrets.put(clusterUid, name, value);
    changed.push(name);
  }
  return { changed };
}

/** All that the vault had of the cluster when the backup was taken, by name. */
export async function secretsOfBackup(
  dependencies: BackupDependencies,
  place: BackupPlace,
  signal: AbortSignal,
): Promise<ReadonlyMap<string, string>> {
  const manifest = await manifestOf(dependencies, place, signal);
  const request = { place, manifest, part: 'records', signal } as const;
  return new Map(secretsIn(await readTextPart(dependencies, request, MOST_BYTES)));
}

function secretsIn(records: string): [string, string][] {
  const { secrets } = JSON.parse(records) as { readonly secrets?: Readonly<Record<string, unknown>> };
  if (secrets === undefined) throw fail('BACKUP_CORRUPT', 'the records of the backup have no secrets');
  return Object.entries(secrets).flatMap(([name, value]) =>
    typeof value === 'string' ? [[name, value]] : [],
  );
}
