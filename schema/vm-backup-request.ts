/** The body of `POST /api/v1/clusters/{name}/vm-backups`. */
import * as z from 'zod';
import { VM_BACKUP_MODES, type VmBackupRequest } from '../domain/vm-backup/vm-backup-request.js';
import { dnsLabel, proxmoxStorage } from './definition/text.js';
import { type Parsed, parseWith } from './parsed.js';

const MOST_KEPT = 1_000;
const MOST_GROUPS = 100;

export const vmBackupRequest = z
  .strictObject({
    storage: proxmoxStorage.meta({
      description: 'Storage of Proxmox VE with the content type `backup`',
      examples: ['nas'],
    }),
    mode: z.enum(VM_BACKUP_MODES).default('SNAPSHOT').meta({
      description:
        'SNAPSHOT: the guests go on, and stand still for a moment; SUSPEND: they stand still while their memory is copied; STOP: they are shut down, and start again',
    }),
    nodeGroups: z
      .array(dnsLabel(40))
      .min(1)
      .max(MOST_GROUPS)
      .optional()
      .meta({ description: 'Only machines of these groups; without it all of the cluster' }),
    keepLast: z.int().min(1).max(MOST_KEPT).optional().meta({
      description:
        'How many backups of each machine stay on the storage, of those that the service took; without it all',
    }),
  })
  .meta({ id: 'VmBackupRequest' });

/** @param body what `JSON.parse` returned. */
export function parseVmBackupRequest(body: unknown): Parsed<Omit<VmBackupRequest, 'backupId'>> {
  const parsed = parseWith(vmBackupRequest, body);
  if (!parsed.ok) return parsed;
  const { nodeGroups = null, keepLast = null, ...rest } = parsed.value;
  return { ok: true, value: { ...rest, nodeGroups, keepLast } };
}
