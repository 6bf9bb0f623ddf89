import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { addressConflictList } from '../../schema/responses.js';
import { send, startApi, type ApiUnderTest } from './api-under-test.js';

let api: ApiUnderTest;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const clear = (address: string) =>
  send(`${api.url}/api/v1/address-conflicts/${encodeURIComponent(address)}`, { method: 'DELETE' });

async function avoided(): Promise<string[]> {
  const answer = await send(`${api.url}/api/v1/address-conflicts`);
  return addressConflictList.parse(answer.body).items.map(({ address, reason }) => `${address}: ${reason}`);
}

test('an address on which a stranger answered is listed until a person clears it', async () => {
  await api.store.addresses.markConflict('10.1.107.120', 'answers on port 22');
  await api.store.addresses.markConflict('fd00::7', 'answers ping');
  const before = await avoided();

  const cleared = [await clear('10.1.107.120'), await clear('FD00:0::7'), await clear('10.1.107.120')];

  expect(before.toSorted()).toEqual(['10.1.107.120: answers on port 22', 'fd00::7: answers ping']);
  expect(cleared.map(({ status }) => status)).toEqual([204, 204, 404]);
  expect(cleared[2]?.body).toMatchObject({ code: 'ADDRESS_CONFLICT_NOT_FOUND' });
  expect(await avoided()).toEqual([]);
});

test.each(['nonsense', '10.1.107.1/24'])('%s is not found', async (address) => {
  expect((await clear(address)).status).toBe(404);
});

test('nothing else can be done to them', async () => {
  const answer = await send(`${api.url}/api/v1/address-conflicts`, { method: 'PUT', body: {} });

  expect(answer.status).toBe(405);
});
