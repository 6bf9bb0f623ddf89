import { mkdirSync, statSync, writeFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import Database from 'libsql';
import { openStore } from '../../store/open-store.js';
import { A_KEY, aCluster, aDatabasePath, aStore } from './store-builder.js';

test('the file and those beside it can be read by their owner only', async () => {
  const path = aDatabasePath();

  const store = await aStore({ path });

  await store.clusters.put(aCluster());
  const modes = [path, `${path}-wal`, `${path}-shm`].map((file) => (statSync(file).mode & 0o777).toString(8));
  expect(modes).toEqual(['600', '600', '600']);
});

test('the folder of the file is created', async () => {
  const path = `${aDatabasePath()}-folder/deep/store.db`;

  const store = await aStore({ path });

  expect(await store.clusters.list({ includeGone: true, limit: 10 })).toEqual([]);
});

test('what was written is there when the file is opened again', async () => {
  const path = aDatabasePath();
  const before = await openStore({ path, secretsKey: A_KEY });
  await before.clusters.put(aCluster());
  await before.close();

  const after = await aStore({ path });

  expect(await after.clusters.get('edge')).toEqual(aCluster());
});

test('a file of a newer version is refused, and the version that it has is named', async () => {
  const path = aDatabasePath();
  await (await openStore({ path, secretsKey: A_KEY })).close();
  const newer = new Database(path);
  newer.exec(
    "insert into kysely_migration (name, timestamp) values ('9999-later', '2099-01-01T00:00:00.000Z')",
  );
  newer.close();

  const opening = openStore({ path, secretsKey: A_KEY });

  await expect(opening).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('newer version of Clusterwright: it has the migration 9999-later'),
  });
});

test('a file that is no database is refused', async () => {
  const path = aDatabasePath();
  writeFileSync(path, 'not a database, but longer than the header of one. '.repeat(20));

  const opening = openStore({ path, secretsKey: A_KEY });

  await expect(opening).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: expect.stringContaining('SQLITE_NOTADB'),
  });
});

test('a path that is a folder is refused', async () => {
  const path = aDatabasePath();
  mkdirSync(path);

  const opening = openStore({ path, secretsKey: A_KEY });

  await expect(opening).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
});

test('a key of the wrong length is refused', async () => {
  const opening = openStore({ path: aDatabasePath(), secretsKey: Buffer.alloc(31) });

  await expect(opening).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
});

test('an error of SQLite reaches the caller as STORE_UNAVAILABLE, and leaves the store usable', async () => {
  const path = aDatabasePath();
  const store = await aStore({ path });
  const meddler = new Database(path);
  meddler.exec('alter table clusters rename to elsewhere');

  const reading = store.clusters.get('edge');

  await expect(reading).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  meddler.exec('alter table elsewhere rename to clusters');
  meddler.close();
  expect(await store.clusters.get('edge')).toBeUndefined();
});
