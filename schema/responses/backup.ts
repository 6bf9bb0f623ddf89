/** The shapes of backups and of when they are taken. */
import * as z from 'zod';
import { BACKUP_REASONS } from '../../domain/backup/backup-request.js';
import { backupPart } from '../backup-manifest.js';

const drill = z.object({
  state: z.enum(['running', 'passed', 'failed']),
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().nullable(),
  objects: z.int().nullable().meta({ description: 'Of the snapshot: all of them were found' }),
  detail: z.string().nullable().meta({ description: 'Why it failed' }),
});

export const backup = z
  .object({
    id: z.string(),
    cluster: z.string(),
    clusterUid: z
      .string()
      .meta({ description: 'Tells clusters of the same name, one after the other, apart' }),
    destination: z.string(),
    reason: z.enum(BACKUP_REASONS),
    state: z.enum(['running', 'complete', 'failed', 'removing']).meta({
      description: 'complete: it was read back, and is what was written. Nothing is restored from any other',
    }),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    /** Of the snapshot. */
    takenAt: z.iso.datetime().nullable(),
    type: z.string().nullable(),
    version: z.string().nullable(),
    machine: z.string().nullable().meta({ description: 'Whose etcd was asked' }),
    storedBytes: z.int().nullable(),
    keyId: z.string().nullable().meta({ description: 'Names the `SECRETS_KEY` that it is sealed with' }),
    parts: z.array(backupPart),
    failure: z.string().nullable(),
    drill: drill.nullable().meta({ description: 'The last time that it was restored for a trial' }),
  })
  .meta({ id: 'Backup' });
export type BackupView = z.infer<typeof backup>;

export const backupList = z
  .object({
    items: z.array(backup).meta({ description: 'Newest first' }),
    next: z.string().nullable().meta({ description: 'What `before` of the next page is; `null` at the end' }),
  })
  .meta({ id: 'BackupList' });

export const backupPolicy = z
  .object({
    schedule: z.string(),
    destination: z.string(),
    retention: z.object({ keepLast: z.int(), keepDaily: z.int(), keepWeekly: z.int() }),
    drillSchedule: z.string().nullable(),
    updatedAt: z.iso.datetime(),
  })
  .meta({ id: 'BackupPolicy' });
