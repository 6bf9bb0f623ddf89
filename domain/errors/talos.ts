/** Errors of machines that are managed over the API of Talos. */
import { kind, type ErrorKind } from './error-kind.js';

export const TALOS_ERRORS = {
  // Talos
  TALOS_UNREACHABLE: kind(
    503,
    'backoff',
    'The machine does not answer on the Talos API (port 50000).',
    'Look at its console; check bridge, VLAN and address, and that no machine of another cluster has the address.',
  ),
  TALOS_NOT_READY: kind(
    503,
    'backoff',
    'The machine with Talos is not as far as it should be.',
    'Read the reason in the detail, then the log on its console.',
  ),
  TALOS_REJECTED: kind(
    502,
    'never',
    'The Talos API refuses the request.',
    'Read its own words in the detail; a configuration is corrected in `platformConfig.patches`.',
  ),
  TALOS_FAILED: kind(
    502,
    'backoff',
    'The Talos API failed to carry out the request.',
    'Read its own words in the detail.',
  ),
  TALOS_CONFIGURATION_INVALID: kind(
    422,
    'never',
    'A patch does not fit the machine configuration.',
    'Correct the entry of `platformConfig.patches` that the detail names.',
  ),
  TALOS_BOOTSTRAP_GIVEN: kind(
    409,
    'never',
    'Another machine of the cluster was told to bootstrap etcd, and there is only one bootstrap in its life.',
    'Bring the machine that the detail names back; where it never ran, decommission the cluster and provision it anew.',
  ),
} as const satisfies Record<string, ErrorKind>;
