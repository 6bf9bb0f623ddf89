/** The request to remove what was left behind. */
import * as z from 'zod';
import { type Parsed, parseWith } from './parsed.js';

const MOST_AT_ONCE = 1_000;

export const orphanRemovalsRequest = z
  .strictObject({
    ids: z
      .array(z.string().regex(/^[0-9a-f]{16}$/, 'must be the id of an orphan, 16 hexadecimal digits'))
      .min(1, 'must name at least one orphan')
      .max(MOST_AT_ONCE, `must name at most ${MOST_AT_ONCE} orphans`)
      .meta({ description: 'Ids of removable orphans of the last report' }),
  })
  .meta({ id: 'OrphanRemovalsRequest' });

/** @param body what `JSON.parse` returned. */
export function parseOrphanRemovals(body: unknown): Parsed<{ readonly ids: readonly string[] }> {
  return parseWith(orphanRemovalsRequest, body);
}
