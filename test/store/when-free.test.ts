import { expect, test } from '@jest/globals';
import Database from 'libsql';
import { whenFree } from '../../store/when-free.js';
import { aCluster, aDatabasePath, aStore } from './store-builder.js';

function busy(): never {
  throw Object.assign(new Error('database is locked'), { code: 'SQLITE_BUSY' });
}

test('a write waits for another connection without holding up the process, and then succeeds', async () => {
  const path = aDatabasePath();
  const { clusters } = await aStore({ path });
  const holder = new Database(path);
  holder.exec('begin immediate');
  let isWritten = false;
  const writing = clusters.put(aCluster()).then(() => {
    isWritten = true;
  });
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  const isWrittenWhileHeld = isWritten;

  holder.exec('commit');
  holder.close();
  await writing;

  expect(isWrittenWhileHeld).toBe(false);
  expect(await clusters.get('edge')).toEqual(aCluster());
});

test('a database that stays locked is reported when patience is over', async () => {
  await expect(whenFree(busy, 30)).rejects.toMatchObject({
    code: 'STORE_UNAVAILABLE',
    message: 'SQLITE_BUSY: database is locked',
  });
});

test('another error is reported at once', async () => {
  let attempts = 0;

  const running = whenFree(() => {
    attempts += 1;
    throw Object.assign(new Error('disk I/O error'), { code: 'SQLITE_IOERR' });
  });

  await expect(running).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
  expect(attempts).toBe(1);
});
