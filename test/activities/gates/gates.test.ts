import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { httpObjection } from '../../../activities/gates/http-gate.js';
import { promqlObjection } from '../../../activities/gates/promql-gate.js';
import type { PromqlGate } from '../../../domain/upgrade/upgrade-gate.js';

let server: Server;
let url: string;
let answer: { status: number; body: string };
const asked: string[] = [];
beforeEach(async () => {
  asked.length = 0;
  answer = { status: 200, body: 'ok' };
  server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.writeHead(answer.status).end(answer.body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterEach(async () => {
  server.close();
  await once(server, 'close');
});

const look = { proxyUrl: null, signal: new AbortController().signal };

describe('a gate of HTTP', () => {
  const objection = (expectedStatus: number) =>
    httpObjection({ kind: 'HTTP', url: `${url}/shop?all=1`, expectedStatus, timeoutSeconds: 1 }, look);

  test('is open while the address answers as it is to', async () => {
    expect(await objection(200)).toBeNull();
    expect(asked).toEqual(['/shop?all=1']);
  });

  test('says what it answers instead, and follows nobody elsewhere', async () => {
    answer = { status: 302, body: '' };

    expect(await objection(200)).toMatch(/answers 302, not 200$/);
  });

  test('says that nobody answers', async () => {
    const gate = {
      kind: 'HTTP',
      url: 'http://127.0.0.1:1/',
      expectedStatus: 200,
      timeoutSeconds: 1,
    } as const;

    expect(await httpObjection(gate, look)).toMatch(/does not answer: .*ECONNREFUSED/);
  });
});

describe('a gate of PromQL', () => {
  const objection = (change: Partial<PromqlGate> = {}) =>
    promqlObjection(
      {
        ...{ kind: 'PROMQL', url: `${url}/prom/`, query: 'sum(rate(e[1m])) / 2', timeoutSeconds: 1 },
        ...{ comparison: '<', threshold: 0.5 },
        ...change,
      },
      look,
    );
  const vector = (...values: string[]): string => {
    const result = values.map((value) => ({ metric: {}, value: [1_700_000_000.1, value] }));
    return JSON.stringify({ status: 'success', data: { resultType: 'vector', result } });
  };

  test('asks what it was told to, and is open while each value compares so', async () => {
    answer.body = vector('0.1', '0.4999');

    expect(await objection()).toBeNull();
    expect(asked).toEqual(['/prom/api/v1/query?query=sum%28rate%28e%5B1m%5D%29%29+%2F+2']);
  });

  test('takes a scalar', async () => {
    const data = { resultType: 'scalar', result: [1_700_000_000.1, '7'] };
    answer.body = JSON.stringify({ status: 'success', data });

    expect(await objection({ comparison: '==', threshold: 7 })).toBeNull();
  });

  test.each([
    ['a value that does not', vector('0.1', '0.5'), /is 0.5, not < 0.5$/],
    ['an infinite one', vector('+Inf'), /is Infinity, not < 0.5$/],
    ['a division by nothing', vector('NaN'), /is NaN, not < 0.5$/],
    ['nothing at all', vector(), /yields nothing$/],
    ['what is not Prometheus', '<html>', /is not Prometheus$/],
    ['no JSON object', 'null', /is not Prometheus$/],
  ])('stays closed for %s', async (_name, body, said) => {
    answer.body = body;

    expect(await objection()).toMatch(said);
  });

  test('tells what Prometheus objects to', async () => {
    answer = { status: 400, body: '{"error":"parse error"}' };

    expect(await objection()).toMatch(/^Prometheus answers 400: .*parse error/);
  });
});
