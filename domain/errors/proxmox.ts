/** Errors of Proxmox VE, and of what machines find there at their first boot. */
import { kind, type ErrorKind } from './error-kind.js';

export const PROXMOX_ERRORS = {
  // Proxmox VE
  PROXMOX_UNREACHABLE: kind(
    503,
    'backoff',
    'Proxmox VE does not answer.',
    'Check `PROXMOX_URL`, the network and the host.',
  ),
  PROXMOX_NODE_UNREACHABLE: kind(
    503,
    'backoff',
    'A Proxmox host cannot be reached by the others (HTTP 595, 596 or 599).',
    'Check the host; its machines are not assumed to be gone.',
  ),
  PROXMOX_CERTIFICATE_MISMATCH: kind(
    502,
    'never',
    'The TLS certificate of Proxmox VE is not the pinned or trusted one.',
    'Compare with `pvenode cert info`, then set `PROXMOX_FINGERPRINT` or `PROXMOX_CA_FILE`.',
  ),
  PROXMOX_UNAUTHENTICATED: kind(
    502,
    'never',
    'Proxmox VE refuses the API token.',
    'Check `PROXMOX_TOKEN` and that the token has not expired.',
  ),
  PROXMOX_PERMISSION: kind(
    502,
    'never',
    'The API token lacks a privilege.',
    'Give the token the privilege that the detail names.',
  ),
  PROXMOX_CONTENTION: kind(
    503,
    'backoff',
    'Proxmox VE could not take a lock in time.',
    'Nothing: it is tried again.',
  ),
  PROXMOX_REJECTED: kind(
    502,
    'never',
    'Proxmox VE refuses the request.',
    'Read its own words in the detail.',
  ),
  PROXMOX_FAILED: kind(
    502,
    'backoff',
    'Proxmox VE failed to carry out the request.',
    'Read its own words in the detail.',
  ),
  PROXMOX_TASK_FAILED: kind(
    502,
    'backoff',
    'A Proxmox VE task failed.',
    'Read the task log by the UPID in the detail.',
  ),
  OUTCOME_UNKNOWN: kind(
    503,
    'backoff',
    'The reply was lost, so the outcome of the request is not known.',
    'Nothing: the effect is looked for before anything is tried again.',
  ),
  VM_LOCKED: kind(
    502,
    'never',
    'The VM is held by a lock that a crashed task left.',
    'On its host run `qm unlock VMID` after making sure that no task runs, then retry the step.',
  ),
  HA_NOT_PERMITTED: kind(
    502,
    'never',
    'High availability manages the VM, and the API token may not change that.',
    'On a host run `ha-manager remove vm:VMID`, or give the token `Sys.Console` on `/`; then retry the step.',
  ),
  DISK_NOT_OURS: kind(
    409,
    'never',
    'The VM has a disk that the machine was not made with, and that would be destroyed with it.',
    'Reassign the disk to another VM (`qm disk move VMID SLOT --target-vmid OTHER`) or delete it; then retry the step.',
  ),
  VMID_TAKEN: kind(
    409,
    'backoff',
    'The VMID belongs to a VM that is not ours.',
    'Nothing: another number is taken.',
  ),
  IDENTITY_MISMATCH: kind(
    409,
    'never',
    'The VM cannot be proved to be ours, so it is not touched.',
    'Compare its UUID, tags and name with the ledger; remove or correct it by hand.',
  ),
  TEMPLATE_NOT_FOUND: kind(
    422,
    'never',
    'There is no such template.',
    'List the templates with `qm list`; write `storage:vmid/name`.',
  ),
  IMAGE_NOT_FOUND: kind(
    422,
    'never',
    'There is no such image on the host, and it is not known where to download it from.',
    'Upload the file to the storage on that host (`pvesm list STORAGE` shows what is there), or name a URL instead.',
  ),
  IMAGE_CHECKSUM_MISMATCH: kind(
    422,
    'never',
    'The image is not the one that its checksum promises.',
    'Compare the checksum with the publisher’s and correct it; remove a file of that name that is already there.',
  ),
  IMAGE_DOWNLOAD_FAILED: kind(
    502,
    'backoff',
    'The Proxmox host could not download the image.',
    'Fetch the URL on that host with `wget`: the host itself has to reach it, and to trust its certificate.',
  ),

  // The first boot
  BOOT_SERVICE_OFF: kind(
    422,
    'never',
    'The machine fetches what it boots over the network, and the boot service is off.',
    'Set `BOOT_URL` for the API and the worker, or use `delivery: MEDIUM`.',
  ),
  BOOT_DOCUMENT_INVALID: kind(
    422,
    'never',
    'What the machine would configure itself with is not valid.',
    'Correct what the detail names in the definition.',
  ),
  BOOT_NOT_READY: kind(
    502,
    'backoff',
    'The VM would not boot as planned.',
    'Correct what the detail names; it is looked at again by itself.',
  ),
  BOOT_CONFLICT: kind(
    409,
    'never',
    'Two machines would boot over the network with the same MAC address.',
    'Remove the machine that the detail names, or provision this one anew: it gets another address.',
  ),
} as const satisfies Record<string, ErrorKind>;
