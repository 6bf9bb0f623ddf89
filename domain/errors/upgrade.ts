/** Errors of upgrades. */
import { kind, type ErrorKind } from './error-kind.js';

export const UPGRADE_ERRORS = {
  // Upgrades
  UPGRADE_NOT_AVAILABLE: kind(
    422,
    'never',
    'Clusters of this kind cannot be upgraded by the service.',
    'Upgrade it by the means of the distribution; the detail says what stands in the way.',
  ),
  UPGRADE_REFUSED: kind(
    422,
    'never',
    'The cluster cannot be brought to this version.',
    'Read why in the detail; versions are never lowered, as the data of etcd cannot go back.',
  ),
  UPGRADE_HOP_MISSING: kind(
    422,
    'never',
    'A minor version of Kubernetes would be skipped.',
    'Name a release of each minor version in between in `via`; the detail lists them.',
  ),
  UPGRADE_GATE_FAILED: kind(
    409,
    'never',
    'A gate of the upgrade did not open in time.',
    'Read in the detail what it saw. The cluster is whole: correct it, and ask for the same upgrade again to go on.',
  ),
  OPERATION_NOT_PAUSABLE: kind(
    409,
    'never',
    'This operation cannot be paused or resumed.',
    'Only an upgrade that has begun can; cancel others with `POST /api/v1/operations/{id}/cancel`.',
  ),
} as const satisfies Record<string, ErrorKind>;
