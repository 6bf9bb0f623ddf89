/** When the certificates of clusters end, over SQLite. */
import type { CertificateReading } from '../domain/certificates/certificate.js';
import type { CertificateReadings, KeptReading } from './certificate-port.js';
import type { CertificatesRow, StoreDatabase } from './tables.js';

export function certificateReadings(db: StoreDatabase, now: () => Date): CertificateReadings {
  return {
    put: async (of, { certificates, unread }) => {
      const reading = JSON.stringify({ certificates, unread });
      const row: CertificatesRow = { ...of, reading, readAt: now().toISOString() };
      await db
        .insertInto('certificates')
        .values(row)
        .onConflict((conflict) => {
          const { cluster, readAt } = row;
          return conflict.column('clusterUid').doUpdateSet({ cluster, reading, readAt });
        })
        .execute();
      return keptReading(row);
    },

    get: async (clusterUid) => {
      const all = db.selectFrom('certificates').selectAll();
      const row = await all.where('clusterUid', '=', clusterUid).executeTakeFirst();
      return row && keptReading(row);
    },

    list: async () => (await db.selectFrom('certificates').selectAll().execute()).map(keptReading),

    remove: async (clusterUid) => {
      await db.deleteFrom('certificates').where('clusterUid', '=', clusterUid).execute();
    },
  };
}

function keptReading({ clusterUid, cluster, reading, readAt }: CertificatesRow): KeptReading {
  return { of: { clusterUid, cluster }, readAt, ...(JSON.parse(reading) as CertificateReading) };
}
