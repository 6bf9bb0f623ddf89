/** Errors of putting a backup back. */
import { kind, type ErrorKind } from './error-kind.js';

export const RESTORE_ERRORS = {
  // Restores
  RESTORE_NOT_POSSIBLE: kind(
    409,
    'never',
    'The cluster cannot be restored from this backup.',
    'Read in the detail what does not fit; choose another backup, or make the cluster anew.',
  ),
  RESTORE_NOT_CONFIRMED: kind(
    409,
    'never',
    'A cluster that may be working is set back in time only when that is confirmed.',
    'Ask again with `"confirm": "<name of the cluster>"` when what was changed since the backup may be lost.',
  ),
  RESTORE_INCOMPLETE: kind(
    502,
    'never',
    'The restored cluster lacks objects that the snapshot holds.',
    'Look at the objects that the detail names; retry the step, or skip it when they may be missing.',
  ),
} as const satisfies Record<string, ErrorKind>;
