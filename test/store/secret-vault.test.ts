import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import Database from 'libsql';
import { A_KEY, aDatabasePath, aStore } from './store-builder.js';

test('the first value of a name wins, and all who come get it', async () => {
  const { secrets } = await aStore();

  const values = await Promise.all(
    ['x', 'y', 'z'].map((value) => secrets.create('uid-1', 'join-token', value)),
  );

  expect(new Set(values).size).toBe(1);
  expect(await secrets.get('uid-1', 'join-token')).toBe(values[0]);
});

test('a value that is put replaces the earlier one', async () => {
  const { secrets } = await aStore();
  await secrets.put('uid-1', 'kubeconfig', 'old');

  await secrets.put('uid-1', 'kubeconfig', 'new \u{1f511}\n');

  expect(await secrets.get('uid-1', 'kubeconfig')).toBe('new \u{1f511}\n');
});

test('a cluster has its own secrets, and loses only those', async () => {
  const { secrets } = await aStore();
  await secrets.put('uid-1', 'kubeconfig', 'one');
  await secrets.put('uid-1', 'join-token', 'one');
  await secrets.put('uid-2', 'kubeconfig', 'two');
  const before = await secrets.names('uid-1');

  await secrets.removeCluster('uid-1');

  expect(before).toEqual(['join-token', 'kubeconfig']);
  expect(await secrets.names('uid-1')).toEqual([]);
  expect(await secrets.get('uid-1', 'kubeconfig')).toBeUndefined();
  expect(await secrets.get('uid-2', 'kubeconfig')).toBe('two');
});

test('a value sealed with another key is not readable, and is not replaced by create', async () => {
  const path = aDatabasePath();
  await (await aStore({ path })).secrets.put('uid-1', 'join-token', 'x');

  const { secrets } = await aStore({ path, secretsKey: Buffer.alloc(32, 8) });

  await expect(secrets.get('uid-1', 'join-token')).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
  await expect(secrets.create('uid-1', 'join-token', 'y')).rejects.toMatchObject({
    code: 'SECRET_UNREADABLE',
  });
});

test('a sealed value that was moved to another cluster is not readable', async () => {
  const path = aDatabasePath();
  const { secrets } = await aStore({ path });
  await secrets.put('uid-1', 'join-token', 'x');
  const meddler = new Database(path);
  meddler.exec("update secrets set cluster_uid = 'uid-2'");
  meddler.close();

  await expect(secrets.get('uid-2', 'join-token')).rejects.toMatchObject({ code: 'SECRET_UNREADABLE' });
});

test('neither the value nor the key is in the file', async () => {
  const path = aDatabasePath();
  const { secrets } = await aStore({ path });

  await secrets.put('uid-1', 'join-token', 'a-token-in-the-clear');

  const bytes = Buffer.concat([readFileSync(path), readFileSync(`${path}-wal`)]);
  expect(bytes.includes('join-token')).toBe(true);
  expect(bytes.includes('a-token-in-the-clear')).toBe(false);
  expect(bytes.includes(A_KEY)).toBe(false);
});
