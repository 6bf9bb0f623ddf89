/** Errors of backups: taking them, keeping them, and reading them back. */
import { kind, type ErrorKind } from './error-kind.js';

export const BACKUP_ERRORS = {
  // Backups
  BACKUP_NOT_FOUND: kind(
    404,
    'never',
    'There is no such backup.',
    'List the backups of the cluster with `GET /api/v1/clusters/{name}/backups`.',
  ),
  BACKUP_POLICY_NOT_FOUND: kind(
    404,
    'never',
    'The cluster is not backed up by a schedule.',
    'Set one with `PUT /api/v1/clusters/{name}/backup-policy`.',
  ),
  BACKUP_BUSY: kind(
    409,
    'never',
    'The backup is being taken or removed.',
    'Wait until it is there or gone: `GET /api/v1/clusters/{name}/backups/{id}`.',
  ),
  BACKUP_NOT_POSSIBLE: kind(
    409,
    'never',
    'The cluster has no etcd of its own that a snapshot can be taken of.',
    'Back its datastore up by the means of that datastore, or its machines as VMs; the detail says what it has.',
  ),
  BACKUP_DRILL_NOT_POSSIBLE: kind(
    409,
    'never',
    'The backup cannot be restored into a machine of its own.',
    'Read why in the detail. A backup of another cluster, or of a distribution that is not restored, cannot be drilled.',
  ),
  BACKUP_DESTINATION_UNKNOWN: kind(
    422,
    'never',
    'The destination for backups is not configured.',
    'Name one that the detail lists, or put a file of that name into `BACKUP_DESTINATIONS_PATH` and start the worker anew.',
  ),
  BACKUP_DESTINATION_REJECTED: kind(
    502,
    'never',
    'The destination refuses what is asked of it.',
    'Read its own words in the detail: credentials, bucket, rights and room are for a person to set right.',
  ),
  BACKUP_DESTINATION_FAILED: kind(
    503,
    'backoff',
    'The destination for backups does not do its work.',
    'Check that it is up and can be reached from the worker.',
  ),
  BACKUP_SNAPSHOT_FAILED: kind(
    502,
    'backoff',
    'No whole snapshot of etcd could be taken.',
    'Read the reason for each machine in the detail, then the log of etcd there.',
  ),
  BACKUP_CORRUPT: kind(
    502,
    'never',
    'A backup is not what was written.',
    'Do not restore it. Take a new one, and look at the storage behind the destination.',
  ),
  BACKUP_KEY_UNKNOWN: kind(
    409,
    'never',
    'The backup was sealed with another key.',
    'Configure the `SECRETS_KEY` that it was taken with; the detail names it by its id.',
  ),
} as const satisfies Record<string, ErrorKind>;
