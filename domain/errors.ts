/**
 * Every error that the product raises on purpose, in one table. HTTP problems and Temporal `ApplicationFailure`s
 * are both made from it, and `docs/reference/errors.md` is held against it by a test.
 */
import { BACKUP_ERRORS } from './errors/backup.js';
import { CLUSTER_SERVICE_ERRORS } from './errors/cluster-services.js';
import { DNS_ERRORS } from './errors/dns.js';
import { kind, type ErrorKind } from './errors/error-kind.js';
import { HOST_ERRORS } from './errors/hosts.js';
import { HEALTH_ERRORS } from './errors/health.js';
import { MEMBERSHIP_ERRORS } from './errors/membership.js';
import { PROXMOX_ERRORS } from './errors/proxmox.js';
import { REQUEST_ERRORS } from './errors/request.js';
import { ROTATION_ERRORS } from './errors/rotation.js';
import { RESTORE_ERRORS } from './errors/restore.js';
import { TALOS_ERRORS } from './errors/talos.js';
import { VM_BACKUP_ERRORS } from './errors/vm-backup.js';
import { UPGRADE_ERRORS } from './errors/upgrade.js';

export type { ErrorKind, Retry } from './errors/error-kind.js';

export const ERRORS = {
  ...REQUEST_ERRORS,

  // The plan
  PLAN_INFEASIBLE: kind(
    422,
    'never',
    'The cluster cannot be made as defined.',
    'Correct what each entry of `errors` names.',
  ),
  PREFLIGHT_FAILED: kind(
    409,
    'never',
    'Proxmox VE does not let the plan be carried out.',
    'Change what is named, then retry the step; or skip the step where you know better.',
  ),
  PLACEMENT_OUTDATED: kind(
    409,
    'never',
    'Another run took the memory that this one was planned with.',
    'Nothing: the run plans anew by itself. Free memory on the hosts if it keeps happening.',
  ),
  PLATFORM_NOT_AVAILABLE: kind(
    422,
    'never',
    'This distribution cannot be provisioned.',
    'Use one of the types that the detail names.',
  ),
  ADDRESS_IN_USE: kind(
    409,
    'never',
    'Somebody who has no lease answers on the addresses.',
    'Take these addresses out of the range, or find out who uses them; then retry the step.',
  ),
  ADDRESSES_EXHAUSTED: kind(
    409,
    'never',
    'The address range has too few free addresses.',
    'Widen `network.ipRange`, or decommission a cluster that uses it.',
  ),
  ADDRESS_NOT_FREE: kind(
    409,
    'never',
    'An address that was asked for cannot be had.',
    'Ask for another one, or null for the next free one; the detail says what is wrong with this one.',
  ),
  VMIDS_EXHAUSTED: kind(
    409,
    'never',
    'The VMID range has too few free numbers.',
    'Widen `VMID_FROM` to `VMID_TO`.',
  ),

  ...PROXMOX_ERRORS,
  ...DNS_ERRORS,

  // The machine
  MACHINE_PROXY_UNREACHABLE: kind(
    503,
    'backoff',
    'The proxy through which machines are reached does not do its work.',
    'Check `MACHINE_PROXY_URL`, that the proxy runs, and that it may connect to the machines.',
  ),
  SSH_UNREACHABLE: kind(
    503,
    'backoff',
    'The machine does not answer on SSH.',
    'Look at its console; check bridge, VLAN and address.',
  ),
  SSH_HOST_KEY_CHANGED: kind(
    502,
    'never',
    'The machine shows another SSH host key than at its first boot.',
    'Find out who answers at this address before going on.',
  ),
  SSH_UNAUTHENTICATED: kind(
    502,
    'backoff',
    'The machine refuses our SSH key.',
    'Look at cloud-init on its console: the key is installed by it.',
  ),
  SSH_OUTCOME_UNKNOWN: kind(
    503,
    'backoff',
    'The connection broke while a command ran.',
    'Nothing: the effect is looked for first.',
  ),
  CLOUD_INIT_FAILED: kind(
    502,
    'never',
    'cloud-init reports an error on the machine.',
    'Read `/var/log/cloud-init-output.log` there.',
  ),
  COMMAND_FAILED: kind(502, 'backoff', 'A command on the machine failed.', 'Read its output in the detail.'),
  STEP_NOT_VERIFIED: kind(
    502,
    'backoff',
    'A step ran, but its effect cannot be seen.',
    'Read the output of the check in the detail.',
  ),

  // K3s
  DATASTORE_UNKNOWN: kind(
    422,
    'never',
    'The datastore that the definition names is not configured.',
    'Put its address into a file of that name in `DATASTORES_PATH`, start the worker anew, then retry the step.',
  ),

  // OKD
  PULL_SECRET_INVALID: kind(
    422,
    'never',
    'The pull secret that the definition names cannot be used.',
    'Put the JSON of a pull secret under that name in `PULL_SECRETS_PATH`, then retry the step.',
  ),
  IGNITION_NOT_READY: kind(
    409,
    'backoff',
    'The install programme has not made the Ignition files yet.',
    'Look at the machine that serves network boot: its steps make them.',
  ),
  CERTIFICATES_EXPIRED_BEFORE_BOOTSTRAP: kind(
    409,
    'never',
    'The first certificates of the cluster end after 24 hours, and machines have booted with them too long ago.',
    'Decommission the cluster and provision it anew: machines that have booted cannot be given others.',
  ),

  ...TALOS_ERRORS,

  // Kubernetes
  KUBERNETES_UNREACHABLE: kind(
    503,
    'backoff',
    'The Kubernetes API does not answer.',
    'Look at the log of the control-plane service.',
  ),
  KUBERNETES_REJECTED: kind(
    502,
    'never',
    'The Kubernetes API refuses the request.',
    'Read its own words in the detail.',
  ),
  NODE_NOT_READY: kind(
    503,
    'backoff',
    'The node is not Ready.',
    'Read the condition in the detail, then the log of its service.',
  ),
  VALIDATION_FAILED: kind(
    503,
    'backoff',
    'The cluster does not pass its health checks.',
    'Correct what each failed check names.',
  ),

  ...HEALTH_ERRORS,
  ...MEMBERSHIP_ERRORS,
  ...HOST_ERRORS,
  ...UPGRADE_ERRORS,

  ...CLUSTER_SERVICE_ERRORS,
  ...BACKUP_ERRORS,
  ...VM_BACKUP_ERRORS,
  ...ROTATION_ERRORS,
  ...RESTORE_ERRORS,

  // Our own
  DEADLINE_EXCEEDED: kind(
    504,
    'never',
    'The run passed the hard limit that the request set.',
    'Raise `deadlineMinutes`, or see which step was waiting.',
  ),
  FAILED_BY_OPERATOR: kind(409, 'never', 'A person ended the run.', 'Nothing: it was asked for.'),
  RESIDUE_LEFT: kind(
    502,
    'backoff',
    'Something of the cluster is still there.',
    'Remove what the detail lists, then decommission again.',
  ),
  SECRET_UNREADABLE: kind(
    500,
    'never',
    'A sealed secret cannot be opened.',
    'Configure the `SECRETS_KEY` that it was sealed with.',
  ),
  STORE_UNAVAILABLE: kind(
    503,
    'backoff',
    'The store cannot be read or written.',
    'Check `DATABASE_PATH`, its disk and its permissions.',
  ),
  ORCHESTRATOR_UNAVAILABLE: kind(
    503,
    'backoff',
    'Temporal does not answer.',
    'Check `TEMPORAL_ADDRESS` and that the server is up.',
  ),
  WORKER_UNAVAILABLE: kind(
    503,
    'backoff',
    'No worker takes the work.',
    'Start a worker: `node dist/workers/main.js`.',
  ),
  INTERNAL: kind(
    500,
    'backoff',
    'Something unforeseen went wrong.',
    'Look at the log by the request id; report it.',
  ),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERRORS;

/** One of several faults found at once; `pointer` is a JSON pointer (RFC 6901) into the request. */
export interface Fault {
  readonly pointer: string;
  readonly detail: string;
  readonly code?: ErrorCode;
}

/** The only error class of the product: a code of {@link ERRORS} with the particulars. */
export class ClusterwrightError extends Error {
  readonly code: ErrorCode;
  readonly faults: readonly Fault[];

  constructor(code: ErrorCode, detail: string, options: { cause?: unknown; faults?: readonly Fault[] } = {}) {
    super(detail, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ClusterwrightError';
    this.code = code;
    this.faults = options.faults ?? [];
  }

  get kind(): ErrorKind {
    return ERRORS[this.code];
  }
}

/** Builds the error to throw; `detail` says what, where and with which value. */
export function fail(
  code: ErrorCode,
  detail: string,
  options: { cause?: unknown; faults?: readonly Fault[] } = {},
): ClusterwrightError {
  return new ClusterwrightError(code, detail, options);
}

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}
