import { expect, test } from '@jest/globals';
import type { WireRequest } from '../../../activities/proxmox/endpoint.js';
import { createExchange } from '../../../activities/proxmox/exchange.js';
import { fail } from '../../../domain/errors.js';

const URL = 'https://pve/api2/json/nodes/hv%2F5/status?x=1';

test('a second send of the same request is refused', async () => {
  const sent: WireRequest[] = [];
  const exchange = createExchange({
    timeoutMs: 1_000,
    send: (request) => {
      sent.push(request);
      return Promise.resolve({ status: 200, statusText: 'OK', text: '{"data":1}' });
    },
  });

  const first = await exchange.fetch(URL, { method: 'POST' });
  await exchange.fetch(URL, { method: 'POST' });

  expect(await first.json()).toEqual({ data: 1 });
  expect(sent).toMatchObject([
    {
      method: 'POST',
      path: '/nodes/hv/5/status',
      target: '/api2/json/nodes/hv%2F5/status?x=1',
      node: 'hv/5',
    },
  ]);
  expect(exchange.failure()).toMatchObject({ code: 'OUTCOME_UNKNOWN' });
});

test('what is thrown is kept: the library would send again', async () => {
  const exchange = createExchange({
    timeoutMs: 1_000,
    send: () => Promise.reject(fail('PROXMOX_UNREACHABLE', 'no')),
  });

  const answer = await exchange.fetch('https://pve/api2/json/version');

  expect(answer.status).toBe(200);
  expect(exchange.failure()).toMatchObject({ code: 'PROXMOX_UNREACHABLE', message: 'no' });
});
