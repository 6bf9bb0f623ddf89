/** What the machines of a group are made from. */
import * as z from 'zod';
import { DEFAULTS } from './defaults.js';
import {
  cpuType,
  imageChecksum,
  imageSource,
  packageName,
  proxmoxStorage,
  publicKey,
  runLine,
  userName,
} from './text.js';

export const authorizedKeys = z.array(publicKey).max(100);

const cloudInit = z
  .strictObject({
    user: userName.optional().meta({ default: DEFAULTS.user }),
    packages: z.array(packageName).max(200).optional(),
    runCmd: z.array(runLine).max(200).optional().meta({
      description:
        'Shell lines, run once at first boot in this order. They are shown: put no secret in them.',
    }),
    sshAuthorizedKeys: authorizedKeys.optional(),
  })
  .meta({ id: 'CloudInit' });

export const template = z
  .strictObject({
    imageSource: imageSource
      .nullable()
      .optional()
      .meta({
        description:
          'A template to clone (storage:vmid/name), a volume (storage:import/file, storage:iso/file), an https URL, or the name of an image of the catalogue',
        examples: ['local-zfs:9001/ubuntu-24.04-template', 'local:import/debian-12.qcow2'],
      }),
    imageChecksum: imageChecksum.nullable().optional().meta({
      description: 'sha256:… or sha512:…; needed where imageSource is a URL',
    }),
    cores: z.int().min(1).max(128).optional().meta({ default: DEFAULTS.cores }),
    memoryMiB: z.int().min(512).max(4_194_304).optional().meta({ default: DEFAULTS.memoryMiB }),
    diskGiB: z.int().min(1).max(65_536).optional().meta({ default: DEFAULTS.diskGiB }),
    storage: proxmoxStorage.nullable().optional().meta({
      description: "null: the template's own storage, or MACHINE_STORAGE where there is no template",
    }),
    cpuType: cpuType.optional().meta({ default: DEFAULTS.cpuType }),
    cloudInit: cloudInit.optional(),
  })
  .meta({ id: 'NodeTemplate' });
