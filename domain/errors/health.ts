/** Errors of looking after clusters, and of healing their machines. */
import { kind, type ErrorKind } from './error-kind.js';

export const HEALTH_ERRORS = {
  // Health
  HEAL_REFUSED: kind(
    409,
    'never',
    'What is seen of the machine does not allow to heal it.',
    'Read in the detail what was seen. A host that is down has to come back, or its VM to be moved; all else is for a person to look at.',
  ),
  FENCE_NOT_PROVED: kind(
    503,
    'backoff',
    'It is not proved that the machine does not run any more, so nothing takes its place.',
    'Bring its Proxmox host and the quorum of the Proxmox cluster back, or move its VM to a host that is up.',
  ),
} as const satisfies Record<string, ErrorKind>;
