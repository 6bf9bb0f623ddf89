/** The body of `POST /api/v1/clusters/{name}/restore`. */
import * as z from 'zod';
import { dnsLabel } from './definition/text.js';
import { type Parsed, parseWith } from './parsed.js';

export const LATEST = 'latest';

export const restoreRequest = z
  .strictObject({
    backup: z
      .union([z.literal(LATEST), z.uuid('must be "latest" or the id of a backup')])
      .default(LATEST)
      .meta({ description: 'Id of a complete backup of this cluster, or `latest`' }),
    confirm: dnsLabel(40).optional().meta({
      description:
        'The name of the cluster: needed where it may be working, and would be set back in time. All that was changed since the backup is lost then',
    }),
  })
  .meta({ id: 'RestoreRequest' });

export interface RestoreWish {
  readonly backup: string;
  readonly confirm: string | null;
}

/** @param body what `JSON.parse` returned; `undefined` where there was none. */
export function parseRestoreRequest(body: unknown): Parsed<RestoreWish> {
  const parsed = parseWith(restoreRequest, body ?? {});
  if (!parsed.ok) return parsed;
  const { backup, confirm } = parsed.value;
  return { ok: true, value: { backup, confirm: confirm ?? null } };
}
