/** The requests for a backup, and for backups by schedule. */
import * as z from 'zod';
import type { RetentionRule } from '../domain/backup/retention.js';
import { cronObjection } from '../domain/backup/cron.js';
import { entryName } from './definition/platforms/text.js';
import { type Parsed, parseWith } from './parsed.js';

/** Backups in one page of the list. */
export const BACKUP_PAGE_LIMIT = { default: 50, max: 500 } as const;

const count = z
  .int('must be a whole number')
  .min(0, 'must not be negative')
  .max(1_000, 'must be 1000 at most');

const retention = z
  .strictObject({
    keepLast: count
      .min(1, 'must be at least 1: the newest backup is never removed')
      .meta({ description: 'How many of the last ones' }),
    keepDaily: count.default(0).meta({ description: 'Of how many days that have one the last one, UTC' }),
    keepWeekly: count.default(0).meta({ description: 'Of how many weeks that have one the last one, UTC' }),
  })
  .meta({
    description: 'What is kept at the destination afterwards; without it what the service is configured with',
  });

const destination = entryName.meta({
  description:
    'Name of a destination of `BACKUP_DESTINATIONS_PATH`; may be left out where there is a default',
});

export const backupRequest = z
  .strictObject({ destination: destination.optional(), retention: retention.optional() })
  .meta({ id: 'BackupRequest' });

const cron = z
  .string()
  .max(200)
  .check((context) => {
    const objection = cronObjection(context.value);
    if (objection !== null) context.issues.push({ code: 'custom', message: objection, input: context.value });
  })
  .meta({ description: 'Five fields of cron, in UTC', examples: ['15 */6 * * *'] });

export const backupPolicyRequest = z
  .strictObject({
    schedule: cron,
    drillSchedule: cron
      .nullable()
      .default(null)
      .meta({
        description:
          'When the newest backup is restored into a machine of its own, for a trial: five fields of cron, in UTC',
        examples: ['30 2 * * 0'],
      }),
    destination,
    retention,
  })
  .meta({ id: 'BackupPolicyRequest' });

export interface BackupWish {
  readonly destination: string | null;
  readonly retention: RetentionRule | null;
}

/** @param body what `JSON.parse` returned; `undefined` where there was none. */
export function parseBackupRequest(body: unknown): Parsed<BackupWish> {
  const parsed = parseWith(backupRequest, body ?? {});
  if (!parsed.ok) return parsed;
  const { destination: name, retention: rule } = parsed.value;
  return { ok: true, value: { destination: name ?? null, retention: rule ?? null } };
}

export function parseBackupPolicy(body: unknown): Parsed<z.infer<typeof backupPolicyRequest>> {
  return parseWith(backupPolicyRequest, body);
}

const limitText = `must be a number from 1 to ${BACKUP_PAGE_LIMIT.max}`;
const listQuery = z.strictObject({
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, { error: limitText, abort: true })
    .refine((text) => Number(text) <= BACKUP_PAGE_LIMIT.max, limitText)
    .optional(),
  before: z.uuid('must be the id of a backup').optional(),
});

export interface BackupListQuery {
  readonly limit: number;
  /** Id of the last backup of the page before. */
  readonly before?: string;
}

/** @param query the decoded query parameters, each a string. */
export function parseBackupListQuery(query: unknown): Parsed<BackupListQuery> {
  const parsed = parseWith(listQuery, query);
  if (!parsed.ok) return parsed;
  const { limit, before } = parsed.value;
  return {
    ok: true,
    value: {
      limit: limit === undefined ? BACKUP_PAGE_LIMIT.default : Number(limit),
      ...(before === undefined ? {} : { before }),
    },
  };
}
