/** What machines with Talos were told, over SQLite. */
import type { TalosRecords } from './talos-port.js';
import type { StoreDatabase } from './tables.js';

export function talosRecords(db: StoreDatabase, now: () => Date): TalosRecords {
  return {
    giveBootstrap: async (clusterUid, machineUuid) => {
      await db
        .insertInto('talosBootstraps')
        .values({ clusterUid, machineUuid, givenAt: now().toISOString() })
        .onConflict((conflict) => conflict.doNothing())
        .execute();
      const row = await db
        .selectFrom('talosBootstraps')
        .select('machineUuid')
        .where('clusterUid', '=', clusterUid)
        .executeTakeFirstOrThrow();
      return row.machineUuid;
    },

    configurationAccepted: async (machineUuid, sha256) => {
      const acceptedAt = now().toISOString();
      await db
        .insertInto('talosConfigurations')
        .values({ machineUuid, sha256, acceptedAt })
        .onConflict((conflict) => conflict.column('machineUuid').doUpdateSet({ sha256, acceptedAt }))
        .execute();
    },

    acceptedConfiguration: async (machineUuid) => {
      const row = await db
        .selectFrom('talosConfigurations')
        .select('sha256')
        .where('machineUuid', '=', machineUuid)
        .executeTakeFirst();
      return row?.sha256;
    },
  };
}
