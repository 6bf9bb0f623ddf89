/** The image files that the service downloaded, over SQLite. */
import type { ImageFile, ImageFiles, ImagePlace } from './store.js';
import type { ImageFileRow, StoreDatabase, StoreTransaction } from './tables.js';

/** How a file that all hosts see is written in a row. */
const ANY_HOST = '';

export function imageFiles(db: StoreDatabase, now: () => Date): ImageFiles {
  return {
    use: ({ volume, host, url, checksum, clusterUid }) =>
      db.transaction().execute(async (transaction) => {
        const place = { volume, host: host ?? ANY_HOST };
        const at = now().toISOString();
        await transaction
          .insertInto('imageFiles')
          .values({ ...place, url, checksum, sizeBytes: null, firstUsedAt: at, lastUsedAt: at })
          .onConflict((conflict) =>
            conflict.columns(['volume', 'host']).doUpdateSet({ url, checksum, lastUsedAt: at }),
          )
          .execute();
        await transaction
          .insertInto('imageUses')
          .values({ ...place, clusterUid, lastUsedAt: at })
          .onConflict((conflict) =>
            conflict.columns(['volume', 'host', 'clusterUid']).doUpdateSet({ lastUsedAt: at }),
          )
          .execute();
        return fileAt(transaction, { volume, host }).executeTakeFirstOrThrow().then(fileOf);
      }),

    verified: async ({ volume, host }, sizeBytes) => {
      await db
        .updateTable('imageFiles')
        .set({ sizeBytes })
        .where('volume', '=', volume)
        .where('host', '=', host ?? ANY_HOST)
        .execute();
    },

    get: async (place) => {
      const row = await fileAt(db, place).executeTakeFirst();
      return row && fileOf(row);
    },

    unused: async (before, place) => {
      let query = db
        .selectFrom('imageFiles as file')
        .selectAll('file')
        .where('file.lastUsedAt', '<', before)
        .where((e) =>
          e.not(
            e.exists(
              e
                .selectFrom('imageUses as use')
                .innerJoin('clusters', 'clusters.uid', 'use.clusterUid')
                .select('use.clusterUid')
                .whereRef('use.volume', '=', 'file.volume')
                .whereRef('use.host', '=', 'file.host')
                .where('clusters.phase', '!=', 'GONE'),
            ),
          ),
        )
        .orderBy('file.volume')
        .orderBy('file.host');
      if (place !== undefined) {
        query = query.where('file.volume', '=', place.volume).where('file.host', '=', place.host ?? ANY_HOST);
      }
      return (await query.execute()).map(fileOf);
    },

    forget: ({ volume, host }) =>
      db.transaction().execute(async (transaction) => {
        for (const table of ['imageUses', 'imageFiles'] as const) {
          await transaction
            .deleteFrom(table)
            .where('volume', '=', volume)
            .where('host', '=', host ?? ANY_HOST)
            .execute();
        }
      }),
  };
}

function fileAt(db: StoreDatabase | StoreTransaction, { volume, host }: ImagePlace) {
  return db
    .selectFrom('imageFiles')
    .selectAll()
    .where('volume', '=', volume)
    .where('host', '=', host ?? ANY_HOST);
}

function fileOf(row: ImageFileRow): ImageFile {
  return { ...row, host: row.host === ANY_HOST ? null : row.host };
}
