import { expect, test } from '@jest/globals';
import { openStore } from '../../store/open-store.js';
import { A_KEY, aDatabasePath, aStore } from './store-builder.js';

test('a cluster gives its bootstrap to one machine, whoever asks later', async () => {
  const { talos } = await aStore();

  const holders = await Promise.all(['m-1', 'm-2', 'm-3'].map((uuid) => talos.giveBootstrap('uid-1', uuid)));

  expect(new Set(holders).size).toBe(1);
  expect(await talos.giveBootstrap('uid-1', 'm-4')).toBe(holders[0]);
  expect(await talos.giveBootstrap('uid-2', 'm-4')).toBe('m-4');
});

test('it is still given after a restart', async () => {
  const path = aDatabasePath();
  const before = await openStore({ path, secretsKey: A_KEY });
  await before.talos.giveBootstrap('uid-1', 'm-1');
  await before.close();

  const after = await aStore({ path });

  expect(await after.talos.giveBootstrap('uid-1', 'm-2')).toBe('m-1');
});

test('the last configuration that a machine accepted is kept', async () => {
  const { talos } = await aStore();

  expect(await talos.acceptedConfiguration('m-1')).toBeUndefined();
  await talos.configurationAccepted('m-1', 'a');
  await talos.configurationAccepted('m-1', 'b');

  expect(await talos.acceptedConfiguration('m-1')).toBe('b');
});
