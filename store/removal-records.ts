/** Certificates of removal, over SQLite. */
import { createHash } from 'node:crypto';
import type { Belongings } from '../domain/removal/belongings.js';
import { canonicalCertificate, type RemovalCertificate } from '../domain/removal/certificate.js';
import type { RemovalRecord, RemovalRecords } from './removal-port.js';
import type { RemovalRow, StoreDatabase } from './tables.js';

export function removalRecords(db: StoreDatabase, now: () => Date): RemovalRecords {
  const rowOf = (id: string) => db.selectFrom('removals').selectAll().where('id', '=', id);
  return {
    begin: async (clusterUid, found) => {
      await db
        .insertInto('removalsBegun')
        .values({ clusterUid, begunAt: now().toISOString(), belongings: JSON.stringify(found) })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const { begunAt, belongings } = await db
        .selectFrom('removalsBegun')
        .selectAll()
        .where('clusterUid', '=', clusterUid)
        .executeTakeFirstOrThrow();
      return { begunAt, belongings: JSON.parse(belongings) as Belongings };
    },

    record: async (certificate) => {
      const text = canonicalCertificate(certificate);
      const { clusterUid: id, cluster, removedAt } = certificate;
      await db
        .insertInto('removals')
        .values({ id, cluster, removedAt, certificate: text, sha256: hashOf(text) })
        .onConflict((conflict) => conflict.column('id').doNothing())
        .execute();
      return recordOf(await rowOf(id).executeTakeFirstOrThrow());
    },

    get: async (id) => {
      const row = await rowOf(id).executeTakeFirst();
      return row && recordOf(row);
    },

    ofName: async (cluster, limit) => {
      const rows = await db
        .selectFrom('removals')
        .selectAll()
        .where('cluster', '=', cluster)
        .orderBy('seq', 'desc')
        .limit(limit)
        .execute();
      return rows.map(recordOf);
    },
  };
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function recordOf({ id, cluster, removedAt, certificate, sha256 }: RemovalRow): RemovalRecord {
  return { id, cluster, removedAt, certificate: JSON.parse(certificate) as RemovalCertificate, sha256 };
}
