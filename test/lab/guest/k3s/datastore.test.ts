import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aMachine, TestLab, until, type Login } from '../lab.js';

/** What K3s knows it by; machine number 9 runs it. */
const DATABASE = { address: '10.1.107.109', port: 5_432 };
const ENDPOINT = `postgres://k3s:pass@${DATABASE.address}:${DATABASE.port}/k3s`;
const CONFIG = `token: secret\ndatastore-endpoint: "${ENDPOINT}"\n`;

let lab: TestLab;

beforeEach(() => {
  lab = new TestLab();
});

afterEach(async () => {
  await lab.close();
});

async function startDatabase(): Promise<void> {
  lab.guests.powerOn(aMachine(9));
  await lab.login(DATABASE.address);
  lab.network.listen(DATABASE.address, DATABASE.port, (socket) => socket.end());
}

async function installed(number: number, config: string, role = 'server'): Promise<Login> {
  lab.guests.powerOn(aMachine(number));
  const login = await lab.login(`10.1.107.10${number}`);
  await login.run('cloud-init status --wait');
  await login.run(
    `curl -sfL https://get.k3s.io | sudo INSTALL_K3S_VERSION=v1.32.0+k3s1 INSTALL_K3S_EXEC=${role} INSTALL_K3S_SKIP_START=true sh -`,
  );
  await login.run('sudo install -D -m 600 /dev/stdin /etc/rancher/k3s/config.yaml', config);
  return login;
}

async function start(login: Login, unit = 'k3s'): Promise<number | null> {
  return (await login.run(`sudo systemctl start ${unit}`)).code;
}

describe('servers of K3s with an external datastore', () => {
  test('find each other in it, at once, and are no members of etcd', async () => {
    await startDatabase();
    const servers = await Promise.all([1, 2, 3].map((number) => installed(number, CONFIG)));

    const codes = await Promise.all(servers.map((login) => start(login)));

    expect(codes).toEqual([0, 0, 0]);
    const nodes = [...lab.fakeKubernetes.plane.nodes.values()];
    expect(nodes.map(({ name }) => name).toSorted()).toEqual(['edge-1', 'edge-2', 'edge-3']);
    expect(new Set(nodes.flatMap(({ roles }) => roles))).toEqual(new Set(['control-plane']));
    expect(nodes.every(({ etcd }) => etcd === undefined)).toBe(true);
  });

  test('keep the cluster going one by one, and the datastore keeps it without any', async () => {
    await startDatabase();
    for (const number of [1, 2]) await start(await installed(number, CONFIG));
    const { plane } = lab.fakeKubernetes;

    for (const number of [1, 2]) {
      lab.guests.powerOff(100 + number);
      lab.guests.diskRemoved(`vm-10${number}-disk-0`);
    }
    await start(await installed(3, CONFIG));

    expect(lab.fakeKubernetes.plane).toBe(plane);
    expect(plane.hasQuorum).toBe(true);
    expect(plane.nodeNames()).toContain('edge-3');
  });

  test.each([
    [
      'there is no database',
      CONFIG,
      /building kine: dial tcp 10\.1\.107\.109:5432: connect: no route to host/,
    ],
    [
      'the endpoint is none',
      'token: secret\ndatastore-endpoint: oracle://10.1.107.109/k3s\n',
      /storage backend is not defined/,
    ],
    ['they have no token', `datastore-endpoint: "${ENDPOINT}"\n`, /--token is required/],
  ])('do not start when %s', async (_, config, reason) => {
    const server = await installed(1, config);

    expect(await start(server)).toBe(1);
    expect(await server.stdout('sudo journalctl -u k3s')).toMatch(reason);
  });

  test('do not start with another token than the one that is in it', async () => {
    await startDatabase();
    await start(await installed(1, CONFIG));
    const second = await installed(2, CONFIG.replace('secret', 'other'));

    expect(await start(second)).toBe(1);
    expect(await second.stdout('sudo journalctl -u k3s')).toMatch(/encrypted with different token/);
  });

  test('take in agents', async () => {
    await startDatabase();
    await start(await installed(1, CONFIG));
    const agent = await installed(2, 'token: secret\nserver: https://10.1.107.101:6443\n', 'agent');

    expect(await start(agent, 'k3s-agent')).toBe(0);
    await until(async () => lab.fakeKubernetes.plane.nodes.get('edge-2')?.ready === 'True');
  });
});
