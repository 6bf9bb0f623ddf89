/** Errors of backups of VMs by Proxmox VE. */
import { kind, type ErrorKind } from './error-kind.js';

export const VM_BACKUP_ERRORS = {
  // Backups of VMs
  VM_BACKUP_FAILED: kind(
    502,
    'never',
    'Proxmox VE could not back the VM up.',
    "Put right what the detail says in its own words (room, an agent that does not answer, a lock); the task's log on the host has the rest. Then ask for the backup again.",
  ),
  VM_BACKUP_STORAGE_UNFIT: kind(
    422,
    'never',
    'The storage takes no backups on the host of the VM.',
    'Name one that the detail lists, or give the storage the content type `backup` and make it available on that host.',
  ),
  VM_BACKUP_INCOMPLETE: kind(
    409,
    'never',
    'Not all VMs were backed up.',
    'The backups that were taken are kept. Put right what the detail says of each machine, then ask for the backup again.',
  ),
} as const satisfies Record<string, ErrorKind>;
