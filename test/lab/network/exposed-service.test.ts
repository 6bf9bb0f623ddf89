import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { httpOver } from '../../../lab/guest/http-request.js';
import { dial } from '../../../lab/network/dial.js';
import { LabNetwork } from '../../../lab/network/lab-network.js';

let network: LabNetwork;
let server: Server;
let seen: IncomingHttpHeaders[];

beforeEach(async () => {
  network = new LabNetwork();
  seen = [];
  server = createServer((request, response) => {
    seen.push(request.headers);
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.writeHead(request.url === '/gone' ? 410 : 200, { 'x-method': request.method ?? '' });
      response.end(`${request.url} ${Buffer.concat(chunks).toString()}`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  network.expose('10.0.0.2', 80, (server.address() as AddressInfo).port);
});

afterEach(async () => {
  server.closeAllConnections();
  if (server.listening) {
    server.close();
    await once(server, 'close');
  }
});

function ask(path: string, how: { method?: string; body?: string; headers?: Record<string, string> } = {}) {
  const { method = 'GET', body, headers = {} } = how;
  const service = network.exposedAt('10.0.0.2', 80);
  const stream = dial((socket) => service?.connect(socket, '10.0.0.101'));
  const signal = AbortSignal.timeout(5_000);
  return httpOver({ stream, url: new URL(`http://10.0.0.2${path}`), method, headers, body, signal });
}

describe('a service that is exposed to the lab’s machines', () => {
  test('answers them, and is told which machine asks', async () => {
    const answer = await ask('/ipxe/x?a=b', { method: 'POST', body: 'hello' });

    expect([answer.status, answer.body.toString()]).toEqual([200, '/ipxe/x?a=b hello']);
    expect(seen[0]).toMatchObject({ host: '10.0.0.2', 'x-forwarded-for': '10.0.0.101' });
  });

  test('does not believe a machine that says it is another one', async () => {
    await ask('/', { headers: { 'X-Forwarded-For': '10.0.0.7', Forwarded: 'for=10.0.0.7' } });

    expect(seen[0]?.['x-forwarded-for']).toBe('10.0.0.101');
    expect(seen[0]?.['forwarded']).toBeUndefined();
  });

  test('has its status passed on', async () => {
    expect((await ask('/gone')).status).toBe(410);
  });

  test('breaks the connection where nobody serves', async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');

    await expect(ask('/')).rejects.toThrow();
  });

  test('makes its address one that is in use, until it is taken away', () => {
    const close = network.expose('10.0.0.3', 80, 1);
    const during = [network.isUp('10.0.0.3'), network.exposedAt('10.0.0.3', 81)];
    close();

    expect(during).toEqual([true, undefined]);
    expect(network.isUp('10.0.0.3')).toBe(false);
  });
});
