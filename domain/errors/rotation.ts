/** Errors of renewing certificates and of rotating secrets. */
import { kind, type ErrorKind } from './error-kind.js';

export const ROTATION_ERRORS = {
  // Certificates and secrets
  CERTIFICATES_NOT_READ: kind(
    503,
    'backoff',
    'The certificates of a machine could not be read.',
    'Read the reason for each machine in the detail; the others were read.',
  ),
  CERTIFICATES_NOT_RENEWED: kind(
    502,
    'never',
    'Certificates end when they did before their renewal.',
    'Look at the log of the control plane on the machines that the detail names. One whose authority runs out cannot last longer: `GET /api/v1/clusters/{name}/certificates` says what to do about it.',
  ),
  SECRETS_NOT_ROTATED: kind(
    502,
    'never',
    'A rotation of secrets stopped on its way; what was valid before is valid still.',
    'Bring back the machines that the detail names, or remove them, then ask for the rotation again: it goes on where it stopped.',
  ),
  SECRET_NOT_ROTATABLE: kind(
    422,
    'never',
    'The distribution does not let this secret be rotated.',
    'Ask for the others alone; the detail says why.',
  ),
} as const satisfies Record<string, ErrorKind>;
