/** Records of clusters in DNS servers, over SQLite. */
import type { DnsRecordKey, DnsRecordRow, DnsRecords } from './dns-port.js';
import type { DnsRecordTableRow, StoreDatabase, StoreTransaction } from './tables.js';

export function dnsRecords(db: StoreDatabase, now: () => Date): DnsRecords {
  return {
    intend: async ({ clusterUid, cluster, server, name, address }) => {
      const at = now().toISOString();
      const { keyName, keyAlgorithm, keySecret } = server;
      const key = { keyName, keyAlgorithm, keySecret };
      const place = { serverAddress: server.address, serverPort: server.port, zone: server.zone };
      await db
        .insertInto('dnsRecords')
        .values({
          ...{ clusterUid, cluster, name, address, ...place, ...key },
          ...{ state: 'intent', createdAt: at, updatedAt: at },
        })
        .onConflict((conflict) => conflict.columns(KEY).doUpdateSet({ ...key, updatedAt: at }))
        .execute();
    },

    confirm: (records) =>
      db.transaction().execute(async (transaction) => {
        for (const record of records) {
          await transaction
            .updateTable('dnsRecords')
            .set({ state: 'done', updatedAt: now().toISOString() })
            .where((where) => where.and(keyOf(record)))
            .execute();
        }
      }),

    ofCluster: async (clusterUid) => {
      const rows = await db
        .selectFrom('dnsRecords')
        .selectAll()
        .where('clusterUid', '=', clusterUid)
        .orderBy('name')
        .orderBy('address')
        .execute();
      return rows.map(rowOf);
    },

    forget: (records) => db.transaction().execute((transaction) => remove(transaction, records)),
  };
}

const KEY = ['clusterUid', 'serverAddress', 'serverPort', 'zone', 'name', 'address'] as const;

function keyOf({
  clusterUid,
  server,
  name,
  address,
}: DnsRecordKey): Pick<DnsRecordTableRow, (typeof KEY)[number]> {
  const place = { serverAddress: server.address, serverPort: server.port, zone: server.zone };
  return { clusterUid, ...place, name, address };
}

async function remove(transaction: StoreTransaction, records: readonly DnsRecordKey[]): Promise<void> {
  for (const record of records) {
    await transaction
      .deleteFrom('dnsRecords')
      .where((where) => where.and(keyOf(record)))
      .execute();
  }
}

function rowOf(row: DnsRecordTableRow): DnsRecordRow {
  const { clusterUid, cluster, name, address, state } = row;
  const { serverAddress, serverPort, zone, keyName, keyAlgorithm, keySecret } = row;
  const server = { address: serverAddress, port: serverPort, zone, keyName, keyAlgorithm, keySecret };
  return { clusterUid, cluster, server, name, address, state };
}
