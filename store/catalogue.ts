/** The image catalogue, over SQLite. */
import type { ImageCatalogue } from './store.js';
import type { StoreDatabase } from './tables.js';

const COLUMNS = ['name', 'source', 'checksum', 'createdAt', 'updatedAt'] as const;

export function imageCatalogue(db: StoreDatabase, now: () => Date): ImageCatalogue {
  return {
    put: ({ name, source, checksum }) =>
      db.transaction().execute(async (transaction) => {
        const at = now().toISOString();
        const before = await transaction
          .selectFrom('catalogueImages')
          .select('name')
          .where('name', '=', name)
          .executeTakeFirst();
        const entry = await transaction
          .insertInto('catalogueImages')
          .values({ name, source, checksum, createdAt: at, updatedAt: at })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ source, checksum, updatedAt: at }))
          .returning(COLUMNS)
          .executeTakeFirstOrThrow();
        return { entry, isNew: before === undefined };
      }),

    get: (name) =>
      db.selectFrom('catalogueImages').select(COLUMNS).where('name', '=', name).executeTakeFirst(),

    list: () => db.selectFrom('catalogueImages').select(COLUMNS).orderBy('name').execute(),

    remove: async (name) => {
      const [result] = await db.deleteFrom('catalogueImages').where('name', '=', name).execute();
      return result !== undefined && result.numDeletedRows > 0n;
    },
  };
}
