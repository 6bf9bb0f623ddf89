/** Errors of the maintenance of Proxmox hosts, and of the end of clusters. */
import { kind, type ErrorKind } from './error-kind.js';

export const HOST_ERRORS = {
  // Proxmox hosts
  HOST_NOT_FOUND: kind(
    404,
    'never',
    'The Proxmox cluster has no such host.',
    'List the hosts with `GET /api/v1/hosts`.',
  ),
  HOST_DRAIN_NOT_FOUND: kind(
    404,
    'never',
    'The host was never drained.',
    'Drain it with `POST /api/v1/hosts/{node}/drain`.',
  ),
  HOST_DRAIN_RUNNING: kind(
    409,
    'never',
    'A host is being drained.',
    'Wait for its end, or cancel it with `POST /api/v1/hosts/{node}/drain/cancel`: two hosts are never drained at once.',
  ),
  HOST_DRAIN_OVER: kind(
    409,
    'never',
    'The host is not being drained any more.',
    'Nothing: `GET /api/v1/hosts/{node}` says what came of it.',
  ),
  MACHINE_NOT_MOVABLE: kind(
    409,
    'never',
    'Proxmox VE does not let the VM go to that host.',
    'Take away what the detail names (a local medium, a device of the host, a rule), then drain the host again.',
  ),
  MIGRATION_FAILED: kind(
    502,
    'never',
    'The migration of a VM failed, and it is where it was.',
    "Read the task's log on the host that it was on, put right what it says, then drain the host again.",
  ),

  // The end of a cluster
  CLUSTER_PROTECTED: kind(
    409,
    'never',
    'The cluster is protected against removal.',
    'Take the protection off with `PUT /api/v1/clusters/{name}/protection`, or say its name once more with `?confirm=<name>`.',
  ),
  REMOVAL_NOT_FOUND: kind(
    404,
    'never',
    'There is no such certificate of removal.',
    'List those of a cluster with `GET /api/v1/clusters/{name}/removals`.',
  ),
} as const satisfies Record<string, ErrorKind>;
