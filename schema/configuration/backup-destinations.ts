/** Destinations for backups, each a JSON file in a folder of secrets. */
import { readFileSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import * as z from 'zod';
import type { DestinationSettings } from '../../domain/backup/destination.js';
import type { RetentionRule } from '../../domain/backup/retention.js';

export interface BackupConfiguration {
  /** By the names that requests give them. */
  readonly destinations: ReadonlyMap<string, DestinationSettings>;
  /** Where a backup goes whose request names none; `null`: it has to. */
  readonly defaultDestination: string | null;
  /** Where a policy says nothing else. */
  readonly retention: RetentionRule;
}

const CERTIFICATE = '-----BEGIN CERTIFICATE-----';

const folder = z.strictObject({
  kind: z.literal('folder'),
  path: z.string().refine(isAbsolute, 'must be absolute'),
});

const s3 = z.strictObject({
  kind: z.literal('s3'),
  endpoint: z
    .url({ protocol: /^https?$/, error: 'must be an origin, such as https://s3.example.com' })
    .refine(
      (text) => new URL(text).pathname === '/' && !text.includes('?'),
      'must be an origin, without a path',
    ),
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'must be the name of a bucket'),
  region: z.string().min(1).default('us-east-1'),
  prefix: z
    .string()
    .regex(/^(?:[A-Za-z0-9._-]+\/)*$/, 'must be empty, or end in "/"')
    .default(''),
  accessKeyId: z.string().min(1),
  secretAccessKey: z.string().min(1),
  caFile: z.string().refine(isAbsolute, 'must be absolute').optional(),
});

const destination = z.discriminatedUnion('kind', [folder, s3], { error: 'kind must be folder or s3' });

/** Why a text is no destination, without any of its values; `null` when it is one. */
export function destinationObjection(text: string): string | null {
  const read = readDestination(text);
  return typeof read === 'string' ? read : null;
}

/** @returns the settings, or what is wrong with them. */
export function readDestination(text: string): DestinationSettings | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'must hold JSON';
  }
  const parsed = destination.safeParse(json);
  if (!parsed.success) {
    const faults = parsed.error.issues.map(({ path, message }) => `${path.join('.')} ${message}`.trim());
    return `has faults: ${faults.join('; ')}`;
  }
  if (parsed.data.kind === 'folder') return parsed.data;
  const { caFile, endpoint, ...settings } = parsed.data;
  const caCertificate = caFile === undefined ? null : certificateIn(caFile);
  if (caCertificate === undefined) return 'names a caFile that has no certificate in it';
  return { ...settings, endpoint: new URL(endpoint).origin, caCertificate };
}

export function backupConfiguration(values: {
  readonly BACKUP_DESTINATIONS_PATH?: ReadonlyMap<string, string> | undefined;
  readonly BACKUP_DESTINATION?: string | undefined;
  readonly BACKUP_KEEP_LAST: number;
  readonly BACKUP_KEEP_DAILY: number;
  readonly BACKUP_KEEP_WEEKLY: number;
}): BackupConfiguration {
  const destinations = new Map<string, DestinationSettings>();
  for (const [name, text] of values.BACKUP_DESTINATIONS_PATH ?? []) {
    const settings = readDestination(text);
    if (typeof settings !== 'string') destinations.set(name, settings);
  }
  const [only] = destinations.size === 1 ? destinations.keys() : [];
  return {
    destinations,
    defaultDestination: values.BACKUP_DESTINATION ?? only ?? null,
    retention: {
      keepLast: values.BACKUP_KEEP_LAST,
      keepDaily: values.BACKUP_KEEP_DAILY,
      keepWeekly: values.BACKUP_KEEP_WEEKLY,
    },
  };
}

function certificateIn(path: string): string | undefined {
  try {
    const pem = readFileSync(path, 'utf8');
    return pem.includes(CERTIFICATE) ? pem : undefined;
  } catch {
    return undefined;
  }
}
