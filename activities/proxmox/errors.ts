/** What the answers of Proxmox VE mean: one table from its words to our codes. */
import { fail, type ClusterwrightError, type ErrorCode } from '../../domain/errors.js';

/** Which request it was, and whether it could have changed anything. */
export interface RequestName {
  readonly method: string;
  /** Below `/api2/json`. */
  readonly path: string;
}

export interface Refusal {
  readonly status: number;
  /** The reason phrase, or the body's `message`. */
  readonly message: string;
  /** What is wrong with each parameter. */
  readonly errors: Readonly<Record<string, string>>;
}

/** The first pattern that matches decides. Texts are those of qemu-server, pve-storage and pve-guest-common. */
const TEXTS: readonly (readonly [RegExp, ErrorCode])[] = [
  [/can't lock file .* got timeout/, 'PROXMOX_CONTENTION'],
  [/can't acquire lock '[^']+' - got timeout/, 'PROXMOX_CONTENTION'],
  [/got lock (?:request )?timeout/, 'PROXMOX_CONTENTION'],
  [/'storage-[^']+'-locked command timed out/, 'PROXMOX_CONTENTION'],
  [/VM is locked \([a-z-]+\)/, 'PROXMOX_CONTENTION'],
  [/checksum mismatch \(file change by other user\?\)/, 'PROXMOX_CONTENTION'],
  [/detected modified configuration - file changed by other user\?/, 'PROXMOX_CONTENTION'],
  [/VM \d+ already running/, 'PROXMOX_CONTENTION'],
  [/VM \d+ is running - destroy failed/, 'PROXMOX_CONTENTION'],
  // High availability took the VM over since it was looked at.
  [/unable to remove VM \d+ - used in HA resources/, 'PROXMOX_CONTENTION'],
  [/cluster not ready - no quorum\?|error: no quorum!/, 'PROXMOX_NODE_UNREACHABLE'],
  // The cluster's file system is read-only without quorum.
  [/unable to open file '\/etc\/pve\/[^']+' - Permission denied/, 'PROXMOX_NODE_UNREACHABLE'],
  [/in error state, must be disabled and fixed first/, 'PROXMOX_REJECTED'],
  [/config file already exists/, 'VMID_TAKEN'],
  [/unable to create file '[^']+\.conf' - File exists/, 'VMID_TAKEN'],
  [/(?:VM|CT) \d+ already exists/, 'VMID_TAKEN'],
  [/can't clone (?:VM )?to (?:node|non-shared storage)/, 'PROXMOX_REJECTED'],
  [/Linked clone feature is not supported/, 'PROXMOX_REJECTED'],
  [/parameter '[^']+' not allowed for linked clones/, 'PROXMOX_REJECTED'],
  [/does not support (?:vm images|'[a-z]+' content)/, 'PROXMOX_REJECTED'],
  [/can't upload to storage type/, 'PROXMOX_REJECTED'],
  [/shrinking disks is not supported/, 'PROXMOX_REJECTED'],
  [/protection mode enabled/, 'PROXMOX_REJECTED'],
  [/^no such cluster node|bridge '[^']+' does not exist|storage '[^']+' does not exist/, 'PROXMOX_REJECTED'],
  [/Permission check failed \(/, 'PROXMOX_PERMISSION'],
  [/only root can|Only root (?:may|can)/, 'PROXMOX_REJECTED'],
];

/** 595: no connection to the host; 596 and 599: it broke. 502 to 504 come from a proxy in front. */
const NO_WORD_FROM_NODE = new Set([502, 503, 504, 595, 596, 597, 599]);

/** Classes an answer that is not 2xx. */
export function refusalError(request: RequestName, refusal: Refusal): ClusterwrightError {
  const { status } = refusal;
  const text = refusalText(refusal);
  const detail = `${request.method} ${request.path}: HTTP ${status} ${text}`;
  if (NO_WORD_FROM_NODE.has(status)) return fail('PROXMOX_NODE_UNREACHABLE', detail);
  if (status === 401) return fail('PROXMOX_UNAUTHENTICATED', detail);
  if (status === 403) return fail('PROXMOX_PERMISSION', permissionDetail(request, text));
  const known = codeOfText(text);
  if (known !== undefined) return fail(known, detail);
  return fail(
    status === 400 || status === 404 || status === 501 ? 'PROXMOX_REJECTED' : 'PROXMOX_FAILED',
    detail,
  );
}

/** Classes the exit status of a task that failed. */
export function taskError(upid: string, exitStatus: string): ClusterwrightError {
  const detail = `${upid}: ${exitStatus}`;
  // The worker died before it could write its last line: it may have done all of its work, or nothing.
  if (/^unexpected status|^unable to read tail/.test(exitStatus)) return fail('OUTCOME_UNKNOWN', detail);
  return fail(codeOfText(exitStatus) ?? 'PROXMOX_TASK_FAILED', detail);
}

/** True for the answer of a host that does not hold the VM's configuration, wherever else it may be. */
export function isMissingConfig(error: unknown): boolean {
  return error instanceof Error && /Configuration file '[^']*' does not exist/.test(error.message);
}

/** True when the error says that the VM is held by a lock in its configuration. */
export function isConfigLock(error: unknown): boolean {
  return error instanceof Error && /VM is locked \(/.test(error.message);
}

function codeOfText(text: string): ErrorCode | undefined {
  return TEXTS.find(([pattern]) => pattern.test(text))?.[1];
}

function refusalText({ message, errors }: Refusal): string {
  const parameters = Object.entries(errors).map(([name, what]) => `${name}: ${what.trim()}`);
  return [message.trim(), ...parameters].join('; ');
}

/** `Permission check failed (/vms/100, VM.Clone)` names the path and the privilege. */
function permissionDetail({ method, path }: RequestName, text: string): string {
  const match = /\((\/[^,]*), ([^)]+)\)/.exec(text);
  if (match === null) return `${method} ${path}: ${text}`;
  return `the token needs ${match[2]} on ${match[1]} (${method} ${path})`;
}
