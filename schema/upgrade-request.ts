/** The body of `POST /api/v1/clusters/{name}/upgrade`. */
import * as z from 'zod';
import { UPGRADE_STRATEGIES, type UpgradeRequest } from '../domain/upgrade/upgrade-request.js';
import { entryName } from './definition/platforms/text.js';
import { type Parsed, parseWith } from './parsed.js';
import { durationText, inSeconds } from './scale-request.js';
import { gateOf, upgradeGate } from './upgrade-gate.js';

const MOST_AT_ONCE = 50;
const MOST_GATES = 10;
const MOST_HOPS = 12;
const MOST_CANARIES = 5_000;

const version = z.string().min(1).max(60);

const canary = z
  .strictObject({
    workers: z.int().min(1).max(MOST_CANARIES).meta({
      description: 'So many workers are upgraded before the others, one after the other',
    }),
    pause: z.boolean().default(true).meta({
      description: 'After them the upgrade pauses until it is resumed; without, gates alone decide',
    }),
  })
  .meta({ description: 'Workers that go ahead' });

export const upgradeRequest = z
  .strictObject({
    version: version.meta({
      description: 'As the distribution writes it; never an older one',
      examples: ['v1.33.1+k3s1'],
    }),
    via: z
      .array(version)
      .max(MOST_HOPS)
      .default([])
      .meta({
        description: 'Releases on the way: one of each minor version that must not be skipped',
        examples: [['v1.32.5+k3s1']],
      }),
    strategy: z.enum(UPGRADE_STRATEGIES).default('ROLLING').meta({
      description:
        'Of workers. ROLLING: new machines take the place of the old ones, a few at a time. IN_PLACE: each is drained and upgraded where it is. BLUE_GREEN: a second set is made first, then all old ones go. The control plane is upgraded in place, one machine after the other',
    }),
    maxSurge: z.int().min(1).max(MOST_AT_ONCE).default(1).meta({
      description: 'Machines that are made at once, where workers are replaced',
    }),
    maxUnavailable: z.int().min(1).max(MOST_AT_ONCE).default(1).meta({
      description: 'Workers that are drained at once, where they are upgraded in place',
    }),
    drainTimeout: z
      .string()
      .refine((text) => inSeconds(text) !== null, durationText)
      .default('10m')
      .meta({
        description: 'How long the pods of a node may take to leave it; after it the upgrade fails',
        examples: ['10m'],
      }),
    canary: canary.optional(),
    gates: z.array(upgradeGate).max(MOST_GATES).default([]).meta({
      description: 'What has to hold after each machine before the next one is touched, in this order',
    }),
    rollback: z.boolean().default(false).meta({
      description:
        'Workers go back to the version that they had when a gate fails among them; the control plane never does',
    }),
    takeBackup: z.boolean().default(true).meta({
      description: 'Whether a backup is taken before anything is changed',
    }),
    backupDestination: entryName.optional().meta({
      description:
        'Name of a destination of `BACKUP_DESTINATIONS_PATH`; may be left out where there is a default',
    }),
  })
  .meta({ id: 'UpgradeRequest' });

export interface UpgradeWish extends Omit<UpgradeRequest, 'backup'> {
  readonly takeBackup: boolean;
  readonly backupDestination: string | null;
}

/** @param body what `JSON.parse` returned. */
export function parseUpgradeRequest(body: unknown): Parsed<UpgradeWish> {
  const parsed = parseWith(upgradeRequest, body);
  if (!parsed.ok) return parsed;
  const { drainTimeout, gates, canary: first, backupDestination, ...rest } = parsed.value;
  return {
    ok: true,
    value: {
      ...rest,
      drainTimeoutSeconds: inSeconds(drainTimeout) ?? 0,
      canary: first ?? null,
      gates: gates.map(gateOf),
      backupDestination: backupDestination ?? null,
    },
  };
}
