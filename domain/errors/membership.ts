/** Errors of taking machines out of a cluster: of drains, and of the membership of etcd. */
import { kind, type ErrorKind } from './error-kind.js';

export const MEMBERSHIP_ERRORS = {
  // Nodes
  DRAIN_BLOCKED: kind(
    409,
    'never',
    'The pods of a node could not be evicted in time.',
    'Let each PodDisruptionBudget that the detail names have more healthy pods, or remove the pod; then retry the step.',
  ),
  NODE_NOT_THE_SAME: kind(
    409,
    'never',
    'The node that has this name is not the one that was drained.',
    'Its kubelet has registered anew: stop the machine, look whose node it is, then remove the node by hand.',
  ),
  NODE_NOT_CORDONED: kind(
    409,
    'never',
    'A node that still takes pods is not removed.',
    'Drain the node first.',
  ),

  // etcd
  ETCD_UNREACHABLE: kind(
    503,
    'backoff',
    'No member of etcd answers on any control-plane machine.',
    'Look at the log of etcd on the machines that the detail names.',
  ),
  ETCD_CHANGE_REFUSED: kind(
    409,
    'never',
    'The change is not proved to keep the quorum of etcd, so it is not made.',
    'Correct each reason in the detail (bring members back, or let new ones catch up), then retry the step.',
  ),
  ETCD_NOT_SETTLED: kind(
    503,
    'backoff',
    'The membership of etcd is not yet what it should be.',
    'Read the reason in the detail, then the log of etcd on the machine that it names.',
  ),
  ETCD_REJECTED: kind(502, 'backoff', 'etcd refuses the request.', 'Read its own words in the detail.'),
} as const satisfies Record<string, ErrorKind>;
