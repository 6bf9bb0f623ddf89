/** The shapes of Proxmox hosts, of their drains, and of certificates of removal. */
import * as z from 'zod';
import { CLUSTER_TYPES, MACHINE_ROLES } from '../../domain/cluster-definition.js';
import { MOVE_MODES } from '../../domain/hosts/move-mode.js';
import { BELONGING_KINDS } from '../../domain/removal/certificate.js';

const moment = z.iso.datetime().meta({ description: 'UTC' });

const stay = z.object({
  cluster: z.string(),
  machine: z.string(),
  vmid: z.int(),
  reason: z.string().meta({ description: 'Why it does not leave' }),
});

const otherGuest = z.object({
  vmid: z.int(),
  kind: z.enum(['qemu', 'lxc']),
  name: z.string().nullable(),
  isRunning: z.boolean(),
});

export const drainPlan = z
  .object({
    host: z.string(),
    moves: z
      .array(
        z.object({
          cluster: z.string(),
          clusterUid: z.string(),
          machine: z.string(),
          vmid: z.int(),
          role: z.enum(MACHINE_ROLES),
          from: z.string(),
          to: z.string(),
          mode: z.enum(MOVE_MODES).meta({
            description: 'LIVE: it runs all the time. OFFLINE: it is shut down while its disks are copied',
          }),
          isRunning: z.boolean(),
        }),
      )
      .meta({ description: 'In the order in which they are made, one after the other' }),
    stays: z.array(stay).meta({ description: 'Machines of ours that cannot leave' }),
    others: z.array(otherGuest).meta({ description: 'Guests of others: they are never touched' }),
    warnings: z.array(z.string()),
  })
  .meta({ id: 'DrainPlan' });

export const hostDrain = z
  .object({
    number: z.int().meta({ description: 'Among the drains of the host' }),
    status: z.enum(['running', 'succeeded', 'failed', 'cancelled']),
    startedAt: moment,
    endedAt: moment.nullable(),
    plan: drainPlan.nullable().meta({ description: 'null until it is known' }),
    moved: z.array(z.object({ machine: z.string(), vmid: z.int(), to: z.string() })),
    left: z.array(stay).meta({ description: 'Machines of ours that were still there at its end' }),
    detail: z.string().nullable(),
  })
  .meta({ id: 'HostDrain' });

export const host = z
  .object({
    name: z.string(),
    online: z.boolean().meta({ description: 'false: it does not answer, and what is on it is not known' }),
    drained: z.boolean().meta({ description: 'It is marked: nothing more is put there' }),
    markedAt: moment.nullable(),
    machines: z
      .array(z.object({ cluster: z.string(), machine: z.string(), vmid: z.int(), isRunning: z.boolean() }))
      .meta({ description: 'Machines of ours that are there now' }),
    others: z.array(otherGuest).meta({ description: 'Guests of others' }),
    drain: hostDrain.nullable().meta({ description: 'The latest one' }),
  })
  .meta({ id: 'Host' });
export type HostResponse = z.infer<typeof host>;

export const hostList = z.object({ items: z.array(host) }).meta({ id: 'HostList' });

export const drainAccepted = z
  .object({ host: z.string(), number: z.int(), links: z.object({ host: z.string() }) })
  .meta({ id: 'DrainAccepted' });

export const protection = z.object({ protected: z.boolean() }).meta({ id: 'Protection' });

export const removalCertificate = z
  .object({
    id: z.string().meta({ description: 'UID of the cluster that was removed' }),
    cluster: z.string(),
    sha256: z.string().meta({
      description: 'Of the certificate as JSON with its names in ascending order and without blanks, in hex',
    }),
    certificate: z.object({
      version: z.literal(1),
      clusterUid: z.string(),
      cluster: z.string(),
      type: z.enum(CLUSTER_TYPES),
      begunAt: moment,
      removedAt: moment,
      removed: z.array(z.object({ kind: z.enum(BELONGING_KINDS), name: z.string(), detail: z.string() })),
      looks: z
        .array(z.object({ at: z.string(), how: z.string(), seenAt: moment }))
        .meta({ description: 'What was looked at once all was removed; none of them saw anything' }),
      kept: z.array(z.object({ kind: z.literal('backup'), name: z.string(), reason: z.string() })),
      notSeen: z.array(z.string()).meta({ description: 'Hosts that did not answer then' }),
    }),
  })
  .meta({ id: 'RemovalCertificate' });

export const removalList = z
  .object({ items: z.array(removalCertificate).meta({ description: 'The latest first' }) })
  .meta({ id: 'RemovalList' });
