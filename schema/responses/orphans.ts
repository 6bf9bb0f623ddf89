/** The shape of the report of what was left behind on Proxmox VE. */
import * as z from 'zod';
import { ORPHAN_KINDS } from '../../domain/orphans.js';
import { errorCode } from './problem.js';

export const orphanRemoval = z
  .object({
    outcome: z
      .enum(['running', 'removed', 'gone', 'failed'])
      .meta({ description: 'gone: it was not there any more' }),
    at: z.iso.datetime(),
    code: errorCode.nullable().meta({ description: 'Why it failed' }),
    detail: z.string().nullable(),
  })
  .meta({ id: 'OrphanRemoval', description: 'The last attempt to remove it' });

export const orphan = z
  .object({
    id: z.string().meta({ description: 'The same in every report', examples: ['0a1b2c3d4e5f6071'] }),
    kind: z.enum(ORPHAN_KINDS).meta({
      description:
        'medium: what a machine booted from. disk: of a VMID that no guest has. boot-arming: what a machine could still fetch at its boot',
    }),
    uuid: z.string().nullable().meta({ description: 'Of the machine that it is, or is said to be, of' }),
    vmid: z.int().nullable(),
    host: z.string().nullable().meta({ description: 'null: all hosts see it, or it is on none' }),
    name: z.string().nullable(),
    volume: z
      .string()
      .nullable()
      .meta({ examples: ['ceph-vm:vm-20000-disk-0'] }),
    clusterUid: z.string().nullable(),
    cluster: z.string().nullable(),
    reason: z.string().meta({ description: 'Why it is listed and, when it is not removable, why not' }),
    removable: z.boolean().meta({
      description:
        'It is proved to be of a machine of ours, whose cluster is gone. What is not, only a person can remove',
    }),
    sinceSeconds: z.int().nonnegative().meta({
      description: 'How long its cluster has been gone; where that is not known, how long it has been seen',
    }),
    removal: orphanRemoval.nullable(),
  })
  .meta({ id: 'Orphan' });

export const orphanReport = z
  .object({
    foundAt: z.iso.datetime().nullable().meta({ description: 'null: nobody has looked yet' }),
    items: z.array(orphan).meta({ description: 'Those that can be removed come first' }),
    leftOut: z.int().nonnegative().meta({ description: 'How many more there are' }),
    notSeen: z
      .array(z.string())
      .meta({ description: 'Hosts and storages that did not answer: what is on them is not listed' }),
  })
  .meta({ id: 'OrphanReport', description: 'What carries our tag or mark and is in no live cluster' });
export type OrphanReportView = z.infer<typeof orphanReport>;

export const sweepAccepted = z
  .object({ links: z.object({ orphans: z.string().meta({ examples: ['/api/v1/orphans'] }) }) })
  .meta({ id: 'SweepAccepted', description: 'The next report says what was found and done' });
export type SweepAcceptedView = z.infer<typeof sweepAccepted>;
