/** What every activity on backups works with. */
import type { DestinationSettings } from '../../domain/backup/destination.js';
import type { RetentionRule } from '../../domain/backup/retention.js';
import { fail } from '../../domain/errors.js';
import type { Store } from '../../store/store.js';
import type { BackupDestination } from './destinations/destination.js';
import { folderDestination } from './destinations/folder.js';
import { s3Destination } from './destinations/s3.js';

export interface BackupDependencies {
  readonly store: Store;
  /** `socks5://host:port` through which machines are reached, or `null` to connect directly. */
  readonly proxyUrl: string | null;
  /** 32 bytes: what secrets are sealed with. Backups are sealed with keys that are derived from it. */
  readonly masterKey: Buffer;
  readonly destinations: ReadonlyMap<string, DestinationSettings>;
  /** Where a backup goes whose request names none. */
  readonly defaultDestination: string | null;
  /** What is kept where a policy says nothing else. */
  readonly retention: RetentionRule;
  /** Ports of machines, where they are others than usual. */
  readonly sshPort?: number;
  readonly talosPort?: number;
}

/** @returns the name; the default one for `null`. @throws `BACKUP_DESTINATION_UNKNOWN` */
export function destinationName(
  { destinations, defaultDestination }: Pick<BackupDependencies, 'destinations' | 'defaultDestination'>,
  wanted: string | null,
): string {
  const name = wanted ?? defaultDestination;
  if (name !== null && destinations.has(name)) return name;
  const known = [...destinations.keys()].join(', ');
  const there = known === '' ? 'none is configured' : `there are ${known}`;
  throw fail(
    'BACKUP_DESTINATION_UNKNOWN',
    name === null ? `no destination was named, and ${there}` : `there is no destination "${name}"; ${there}`,
  );
}

/** @throws `BACKUP_DESTINATION_UNKNOWN` */
export function destinationOf(
  dependencies: Pick<BackupDependencies, 'destinations' | 'defaultDestination'>,
  name: string,
): BackupDestination {
  const settings = dependencies.destinations.get(destinationName(dependencies, name));
  if (settings === undefined) throw fail('BACKUP_DESTINATION_UNKNOWN', name);
  switch (settings.kind) {
    case 'folder':
      return folderDestination(settings.path);
    case 's3':
      return s3Destination(settings);
  }
}
