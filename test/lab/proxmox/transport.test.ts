import { X509Certificate } from 'node:crypto';
import { connect } from 'node:tls';
import { once } from 'node:events';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { SimulatedCluster } from './simulated-cluster.js';

let cluster: SimulatedCluster;

beforeAll(async () => {
  cluster = await SimulatedCluster.start();
});

afterAll(() => cluster.stop());

describe('the answers of the API', () => {
  test('carry the data under one key, with exactly the content type of PVE', async () => {
    const reply = await cluster.request('GET', '/version');

    expect(reply.status).toBe(200);
    expect(reply.contentType).toBe('application/json;charset=UTF-8');
    expect(reply.body).toEqual({ data: { version: '9.2.6', release: '9.2', repoid: '14a22df3' } });
  });

  test('have the reason of a refusal in the status line and in the body', async () => {
    const reply = await cluster.request('GET', '/nodes/hv5/qemu/100/config');

    expect(reply.status).toBe(500);
    expect(reply.reason).toBe("Configuration file 'nodes/hv5/qemu-server/100.conf' does not exist");
    expect(reply.body).toEqual({
      data: null,
      message: "Configuration file 'nodes/hv5/qemu-server/100.conf' does not exist\n",
    });
  });

  test('name every parameter that is wrong', async () => {
    const reply = await cluster.request('POST', '/nodes/hv5/qemu/9001/clone', { name: '-x', colour: 'red' });

    expect(reply.status).toBe(400);
    expect(reply.reason).toBe('Parameter verification failed.');
    expect(reply.body).toEqual({
      data: null,
      message: 'Parameter verification failed.\n',
      errors: {
        newid: 'property is missing and it is not optional',
        name: 'invalid format - value does not look like a valid DNS name\n',
        colour: 'property is not defined in schema and the schema does not allow additional properties',
      },
    });
  });

  test('say that an unknown method is not implemented', async () => {
    const reply = await cluster.request('GET', '/nodes/hv5/lxc');

    expect(reply.status).toBe(501);
    expect(reply.reason).toBe("Method 'GET /nodes/hv5/lxc' not implemented");
  });

  test('say that an unknown host has no address', async () => {
    const reply = await cluster.request('GET', '/nodes/hv9/qemu');

    expect(reply.status).toBe(500);
    expect(reply.reason).toContain("hostname lookup 'hv9' failed");
  });

  test('are refused without a token, and with a wrong one, without a body', async () => {
    const url = `${cluster.simulator.url}/api2/json/version`;
    const wrong = `PVEAPIToken=${cluster.simulator.token.slice(0, -1)}x`;

    const none = await cluster.send(url, {});
    const bad = await cluster.send(url, { headers: { authorization: wrong } });

    expect([none.status, none.reason, none.body]).toEqual([401, 'No ticket', null]);
    expect([bad.status, bad.reason, bad.body]).toEqual([401, 'Authentication failed!', null]);
  });
});

describe('the parameters of a call', () => {
  const configOf9001 = '/nodes/hv5/qemu/9001/config';

  async function sendBody(
    type: string,
    body: string,
  ): Promise<Awaited<ReturnType<SimulatedCluster['send']>>> {
    return cluster.send(`${cluster.simulator.url}/api2/json${configOf9001}`, {
      method: 'PUT',
      headers: { authorization: `PVEAPIToken=${cluster.simulator.token}`, 'content-type': type },
      body,
    });
  }

  test('may come as JSON with real booleans and numbers', async () => {
    const reply = await sendBody('application/json', JSON.stringify({ onboot: true, cores: 3 }));

    const config = await cluster.config('hv5', 9001);
    expect(reply.status).toBe(200);
    expect([config['onboot'], config['cores'], config['memory']]).toEqual([1, 3, '2048']);
  });

  test.each([
    ['cut-off JSON', 'application/json', '{"cores":', 500],
    ['JSON that is no object', 'application/json', '[1]', 500],
    ['a nested value', 'application/json', '{"cores":{"a":1}}', 400],
    ['a prototype key', 'application/json', '{"__proto__":"1"}', 400],
    ['a name that comes twice', 'application/x-www-form-urlencoded', 'cores=1&cores=2', 400],
    ['another VMID than the path has', 'application/x-www-form-urlencoded', 'vmid=9002&cores=2', 400],
    ['an unknown content type', 'text/plain', 'cores=2', 501],
    ['a body above 512 KiB', 'application/x-www-form-urlencoded', `description=${'x'.repeat(600_000)}`, 501],
  ])('are refused as %s', async (_, type, body, status) => {
    const reply = await sendBody(type, body);

    expect(reply.status).toBe(status);
  });

  test('are refused as a broken percent escape in the path, and the server lives on', async () => {
    const broken = await fetchStatus(cluster, '/nodes/%E0%A4%A/qemu');

    const next = await cluster.request('GET', '/version');
    expect(broken).toBe(400);
    expect(next.status).toBe(200);
  });
});

async function fetchStatus(of: SimulatedCluster, path: string): Promise<number> {
  const { hostname, port } = new URL(of.simulator.url);
  const socket = connect({ host: hostname, port: Number(port), ca: of.simulator.certificate });
  await once(socket, 'secureConnect');
  socket.write(
    `GET /api2/json${path} HTTP/1.1\r\nHost: x\r\nAuthorization: PVEAPIToken=${of.simulator.token}\r\n\r\n`,
  );
  const [head] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return Number(head.toString('latin1').split(' ')[1]);
}

test('the certificate on the wire has the fingerprint that the simulator tells', async () => {
  const { hostname, port } = new URL(cluster.simulator.url);
  const socket = connect({ host: hostname, port: Number(port), ca: cluster.simulator.certificate });
  await once(socket, 'secureConnect');

  const fingerprint = socket.getPeerX509Certificate()?.fingerprint256;

  socket.destroy();
  expect(fingerprint).toBe(cluster.simulator.fingerprint);
  expect(new X509Certificate(cluster.simulator.certificate).fingerprint256).toBe(fingerprint);
  expect(fingerprint).toMatch(/^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/);
});

describe('faults', () => {
  const call = ['POST', '/nodes/hv5/qemu/9001/clone'] as const;

  test('dropped before it takes effect, a call has done nothing', async () => {
    cluster.faults.add({
      target: 'proxmox',
      stage: 'before',
      match: '^POST /nodes/hv5/qemu/9001/clone$',
      effect: { kind: 'drop' },
    });

    await expect(cluster.request(...call, { newid: 301 })).rejects.toThrow('fetch failed');

    expect(await cluster.data('GET', '/cluster/nextid', { vmid: 301 })).toBe('301');
  });

  test('dropped after it took effect, a call is found by its task', async () => {
    cluster.faults.add({
      target: 'proxmox',
      stage: 'after',
      match: '^POST .*/clone$',
      effect: { kind: 'drop' },
    });

    await expect(cluster.request(...call, { newid: 302 })).rejects.toThrow('fetch failed');

    const tasks = await cluster.data<{ upid: string }[]>('GET', '/nodes/hv5/tasks', {
      source: 'all',
      vmid: 9001,
      typefilter: 'qmclone',
    });
    expect(await cluster.ended(tasks[0]?.upid ?? '')).toBe('OK');
    expect((await cluster.config('hv5', 302))['lock']).toBeUndefined();
  });

  test('answer a call with the status of a broken proxy connection', async () => {
    cluster.faults.add({
      target: 'proxmox',
      stage: 'before',
      match: 'GET /version',
      effect: {
        kind: 'status',
        status: 595,
        message: 'Errors during connection establishment, proxy handshake',
      },
    });

    const reply = await cluster.request('GET', '/version');

    expect([reply.status, reply.reason]).toEqual([
      595,
      'Errors during connection establishment, proxy handshake',
    ]);
  });

  test('hold a call until they are released', async () => {
    const id = cluster.faults.add({
      target: 'proxmox',
      stage: 'before',
      match: 'GET /nodes$',
      effect: { kind: 'hold' },
    });
    const held = cluster.request('GET', '/nodes');
    await cluster.faults.hit(id);
    const others = await cluster.request('GET', '/version');

    cluster.faults.remove(id);

    expect(others.status).toBe(200);
    expect((await held).status).toBe(200);
  });
});
