import { once } from 'node:events';
import { createServer, type Server } from 'node:https';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import {
  createProxmoxClient,
  type ProxmoxClient,
  type ProxmoxClientOptions,
} from '../../../activities/proxmox/client.js';
import type { EndpointAddress } from '../../../activities/proxmox/endpoint.js';
import { fingerprintOf, loadCertificate, type ServerCertificate } from '../../../lab/proxmox/certificate.js';
import { LabState } from '../../../lab/state.js';

const TOKEN = 'user@pve!test=01234567-89ab-cdef-0123-456789abcdef';
const VM = { host: 'hv5', vmid: 100 };

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let certificate: ServerCertificate;
let server: Server;
let seen: string[];
let answer: Handler;
const clients: ProxmoxClient[] = [];

beforeAll(async () => {
  certificate = await loadCertificate(new LabState(null), '127.0.0.1');
});

beforeEach(async () => {
  seen = [];
  server = createServer(
    { cert: certificate.certificate, key: certificate.privateKey },
    (request, response) => {
      seen.push(`${request.method} ${request.url}`);
      answer(request, response);
    },
  );
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});

afterEach(async () => {
  for (const client of clients.splice(0)) await client.close();
  server.closeAllConnections();
  server.close();
});

function aClient({
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
  trust = { kind: 'fingerprint', sha256: fingerprintOf(certificate.certificate) },
  ...change
}: Partial<ProxmoxClientOptions & EndpointAddress> = {}): ProxmoxClient {
  const client = createProxmoxClient({ endpoints: [{ url, trust }], token: TOKEN, ...change });
  clients.push(client);
  return client;
}

function json(status: number, body: object, contentType = 'application/json;charset=UTF-8'): Handler {
  return (_request, response) => {
    response.writeHead(status, { 'content-type': contentType });
    response.end(JSON.stringify(body));
  };
}

const drop: Handler = (request) => request.socket.destroy();

describe('a change whose answer is lost', () => {
  test.each<[string, Handler]>([
    ['the connection breaks', drop],
    [
      'the answer breaks off',
      (_request, response) =>
        response.writeHead(200, { 'content-length': 99 }).write('{"da', () => response.destroy()),
    ],
    ['the answer is no JSON', (_request, response) => response.writeHead(200).end('<html>')],
  ])('because %s is of unknown outcome, and was sent once', async (_why, handler) => {
    answer = handler;

    await expect(aClient().startVm(VM)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });

    expect(seen).toEqual(['POST /api2/json/nodes/hv5/qemu/100/status/start']);
  });

  test('because it takes too long is of unknown outcome, and was sent once', async () => {
    answer = () => {};

    await expect(aClient({ timeoutMs: 50 }).startVm(VM)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });

    expect(seen).toHaveLength(1);
  });

  test('because it was aborted is of unknown outcome', async () => {
    const abort = new AbortController();
    answer = () => abort.abort();

    await expect(aClient().startVm(VM, abort.signal)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });

    expect(seen).toHaveLength(1);
  });

  test('is of unknown outcome for an upload too', async () => {
    answer = drop;
    const upload = { host: 'hv5', storage: 'local', name: 'x.iso', content: new Uint8Array(9), sha256: '' };

    await expect(aClient().uploadIso(upload)).rejects.toMatchObject({ code: 'OUTCOME_UNKNOWN' });

    expect(seen).toHaveLength(1);
  });
});

describe('a look that is not answered', () => {
  test('says that Proxmox VE does not answer, and was asked once', async () => {
    answer = drop;

    await expect(aClient().nodes()).rejects.toMatchObject({ code: 'PROXMOX_UNREACHABLE' });

    expect(seen).toHaveLength(1);
  });
});

test('a change that was never sent is not of unknown outcome', async () => {
  const client = aClient();
  server.close();
  await once(server, 'close');

  await expect(client.startVm(VM)).rejects.toMatchObject({ code: 'PROXMOX_UNREACHABLE' });
});

test.each(['application/json;charset=UTF-8', 'application/json; charset=utf-8', 'text/plain'])(
  'an answer declared as %s is read',
  async (contentType) => {
    answer = json(200, { data: [{ node: 'hv5', status: 'online' }] }, contentType);

    await expect(aClient().nodes()).resolves.toEqual([{ node: 'hv5', status: 'online' }]);
  },
);

test('a refusal carries the words of Proxmox VE', async () => {
  answer = json(500, { data: null, message: 'VM is locked (backup)\n' });

  await expect(aClient().startVm(VM)).rejects.toMatchObject({
    code: 'PROXMOX_CONTENTION',
    message: 'POST /nodes/hv5/qemu/100/status/start: HTTP 500 VM is locked (backup)',
  });
  expect(seen).toHaveLength(1);
});

test('a refusal without a body carries the reason phrase', async () => {
  answer = (_request, response) => response.writeHead(500, 'VM is locked (backup)').end();

  await expect(aClient().startVm(VM)).rejects.toMatchObject({ code: 'PROXMOX_CONTENTION' });
});

test('a redirection is not followed: the token belongs to this server', async () => {
  answer = (_request, response) => response.writeHead(302, { location: '/elsewhere' }).end();

  await expect(aClient().nodes()).rejects.toMatchObject({ code: 'PROXMOX_UNREACHABLE' });

  expect(seen).toHaveLength(1);
});

test('parts of a path cannot lead elsewhere', async () => {
  answer = json(200, { data: null });

  await aClient().deleteVolume('hv5', 'local:iso/../x?y#z.iso');

  expect(seen).toEqual([
    'DELETE /api2/json/nodes/hv5/storage/local/content/local%3Aiso%2F..%2Fx%3Fy%23z.iso',
  ]);
  await expect(async () => aClient().vmStatus({ host: '..', vmid: 1 })).rejects.toMatchObject({
    code: 'INTERNAL',
  });
});

test('no more calls are under way than allowed', async () => {
  let atOnce = 0;
  let most = 0;
  answer = (request, response) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    setImmediate(() => {
      atOnce -= 1;
      json(200, { data: [] })(request, response);
    });
  };
  const client = aClient({ maxCalls: 3 });

  await Promise.all(Array.from({ length: 20 }, () => client.nodes()));

  expect(most).toBeLessThanOrEqual(3);
  expect(seen).toHaveLength(20);
});

describe('trust', () => {
  test('in a fingerprint takes any spelling of it', async () => {
    answer = json(200, { data: [] });
    const sha256 = fingerprintOf(certificate.certificate).replaceAll(':', '').toLowerCase();

    await expect(aClient({ trust: { kind: 'fingerprint', sha256 } }).nodes()).resolves.toEqual([]);
  });

  test('in another fingerprint sends nothing at all', async () => {
    const trust = { kind: 'fingerprint', sha256: '00'.repeat(32) } as const;

    await expect(aClient({ trust }).nodes()).rejects.toMatchObject({ code: 'PROXMOX_CERTIFICATE_MISMATCH' });
    await expect(aClient({ trust }).startVm(VM)).rejects.toMatchObject({
      code: 'PROXMOX_CERTIFICATE_MISMATCH',
    });

    expect(seen).toEqual([]);
  });

  test('in the certificate of its authority is enough', async () => {
    answer = json(200, { data: [] });

    await expect(aClient({ trust: { kind: 'ca', pem: certificate.certificate } }).nodes()).resolves.toEqual(
      [],
    );
  });

  test('in other authorities, or in those of the system, is not', async () => {
    const { certificate: pem } = await loadCertificate(new LabState(null), '127.0.0.1');

    for (const trust of [{ kind: 'ca', pem }, { kind: 'system' }] as const) {
      await expect(aClient({ trust }).nodes()).rejects.toMatchObject({
        code: 'PROXMOX_CERTIFICATE_MISMATCH',
      });
    }
    expect(seen).toEqual([]);
  });

  test('is refused for what is no fingerprint', () => {
    expect(() => aClient({ trust: { kind: 'fingerprint', sha256: 'AA:BB' } })).toThrow(
      expect.objectContaining({ code: 'PROXMOX_CERTIFICATE_MISMATCH' }),
    );
  });
});

test('a plain connection and a malformed token are refused before anything is sent', () => {
  expect(() => aClient({ url: 'http://127.0.0.1:1' })).toThrow(
    expect.objectContaining({ code: 'PROXMOX_UNREACHABLE' }),
  );
  expect(() => aClient({ token: 'nonsense' })).toThrow(
    expect.objectContaining({ code: 'PROXMOX_UNAUTHENTICATED' }),
  );
});
