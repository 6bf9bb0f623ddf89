import { expect, test } from '@jest/globals';
import { MockAgent } from 'undici';
import { createExchange } from '../../../activities/proxmox/exchange.js';

test('a second send of the same request is refused', async () => {
  const agent = new MockAgent();
  agent.disableNetConnect();
  const pool = agent.get('https://pve');
  pool.intercept({ path: '/api2/json/x', method: 'POST' }).reply(200, '{"data":1}');
  const exchange = createExchange({ dispatcher: agent, timeoutMs: 1_000 });

  const first = await exchange.fetch('https://pve/api2/json/x', { method: 'POST' });
  await exchange.fetch('https://pve/api2/json/x', { method: 'POST' });

  expect(await first.json()).toEqual({ data: 1 });
  expect(exchange.failure()).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
  await agent.close();
});
