/** The shapes of backups of VMs. */
import * as z from 'zod';

export const vmBackup = z
  .object({
    machine: z.string(),
    backupId: z.string().meta({ description: 'Id of the operation that took it' }),
    volume: z.string().meta({
      description: 'On Proxmox VE, where it is restored from',
      examples: ['nas:backup/vzdump-qemu-20000-2026_01_31-02_00_00.vma.zst'],
    }),
    host: z.string().nullable().meta({ description: 'Whose storage it is on; `null`: all hosts share it' }),
    takenAt: z.iso.datetime(),
    sizeBytes: z.int(),
    isProtected: z
      .boolean()
      .meta({ description: 'A person has protected it on Proxmox VE: no rule removes it' }),
  })
  .meta({ id: 'VmBackup' });
export type VmBackupView = z.infer<typeof vmBackup>;

export const vmBackupList = z
  .object({
    items: z.array(vmBackup).meta({ description: 'Newest first' }),
    notSeen: z
      .array(z.string())
      .meta({ description: 'Hosts that are down: what is on storages of their own is not listed' }),
  })
  .meta({ id: 'VmBackupList' });
