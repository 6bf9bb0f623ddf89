/** `configuration` of a STORAGE service. What its fields must agree on is checked by `rules/storage.ts`. */
import * as z from 'zod';
import { STORAGE_KINDS } from '../../../domain/services/configuration.js';
import { DEFAULTS } from '../defaults.js';
import { entryName } from '../platforms/text.js';
import { dnsLabel, exportPath, proxmoxStorage, serverName } from '../text.js';

export const storage = z
  .strictObject({
    kind: z.enum(STORAGE_KINDS).optional().meta({ default: DEFAULTS.storageKind }),
    storageClass: dnsLabel(63).optional().meta({
      description: 'Name of the StorageClass that claims get by default; the name of the service by default',
    }),
    server: serverName.nullable().optional().meta({ description: 'Of NFS' }),
    path: exportPath
      .nullable()
      .optional()
      .meta({ description: 'Of NFS', examples: ['/export/demo'] }),
    proxmoxStorage: proxmoxStorage.nullable().optional().meta({
      description: 'Of PROXMOX_CSI: the storage that volumes are made on',
    }),
    token: entryName
      .nullable()
      .optional()
      .meta({
        description: `Of PROXMOX_CSI: name of its API token in \`CSI_TOKENS_PATH\`; by default "${DEFAULTS.csiToken}"`,
      }),
  })
  .meta({ id: 'StorageConfiguration' });
export type StorageInput = z.input<typeof storage>;
