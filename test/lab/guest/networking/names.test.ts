import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aMachine, aSeed, TestLab, until, type Login } from '../lab.js';

// Each command is a shell that is started in a guest.

let lab: TestLab;

beforeEach(() => {
  lab = new TestLab();
});

afterEach(async () => {
  await lab.close();
});

const SERVER = '10.1.107.101';

interface Network {
  readonly nameservers?: readonly string[];
  readonly search?: string;
  readonly gateway?: string | null;
}

async function on(
  number: number,
  { nameservers = [], search = 'lab.internal', gateway = '10.1.107.1' }: Network = {},
): Promise<Login> {
  const names =
    nameservers.length === 0
      ? ''
      : `    nameservers: {addresses: [${nameservers.join(', ')}], search: [${search}]}\n`;
  const route = gateway === null ? '' : `    routes: [{to: default, via: ${gateway}}]\n`;
  const networkConfig = `version: 2\nethernets:\n  primary:\n    match: {macaddress: 'bc:24:11:00:00:0${number}'}\n    addresses: [10.1.107.10${number}/24]\n${route}${names}`;
  lab.guests.powerOn(aMachine(number, { media: [aSeed(number, { networkConfig })] }));
  return lab.login(`10.1.107.10${number}`);
}

const RECORDS = [
  'domain-needed',
  'no-resolv',
  'no-hosts',
  'local=/demo.lab.internal/',
  'host-record=api.demo.lab.internal,10.1.107.5',
  'host-record=own.apps.demo.lab.internal,10.1.107.9',
  'host-record=six.demo.lab.internal,10.1.107.8,fd00::8',
  'address=/apps.demo.lab.internal/10.1.107.6',
  'address=/only4.test/10.0.0.7',
  'address=/gone.test/',
  'cname=kubernetes.demo.lab.internal,api.demo.lab.internal',
  'txt-record=about.demo.lab.internal,a b',
];

/** Machine 1, which answers on its card. */
async function aServer(lines: readonly string[] = RECORDS, network: Network = {}): Promise<Login> {
  const login = await on(1, network);
  await login.run(
    'sudo mkdir -p /etc/dnsmasq.d && sudo tee /etc/dnsmasq.d/a.conf >/dev/null',
    ['interface=ens18', 'except-interface=lo', 'bind-dynamic', ...lines, ''].join('\n'),
  );
  expect(await login.run('sudo apt-get install -y dnsmasq')).toMatchObject({ code: 0 });
  expect(await login.run('sudo systemctl restart dnsmasq')).toMatchObject({ code: 0 });
  return login;
}

async function aClient(nameservers: readonly string[] = [SERVER], network: Network = {}): Promise<Login> {
  const login = await on(2, { nameservers, ...network });
  await login.run('sudo apt-get install -y bind9-dnsutils');
  return login;
}

describe('dnsmasq as a name server', () => {
  // What dnsmasq 2.90 itself answers to the same questions.
  test.each([
    ['a record', 'api.demo.lab.internal', '10.1.107.5\n', 'NOERROR'],
    ['another type of a name that is there', 'api.demo.lab.internal AAAA', '', 'NOERROR'],
    ['both families', 'six.demo.lab.internal AAAA', 'fd00::8\n', 'NOERROR'],
    ['the domain of a wildcard', 'apps.demo.lab.internal', '10.1.107.6\n', 'NOERROR'],
    ['any name below it', 'console.x.apps.demo.lab.internal', '10.1.107.6\n', 'NOERROR'],
    ['a record below a wildcard', 'own.apps.demo.lab.internal', '10.1.107.9\n', 'NOERROR'],
    ['the other family of a wildcard', 'console.apps.demo.lab.internal AAAA', '', 'NXDOMAIN'],
    ['an alias', 'kubernetes.demo.lab.internal', 'api.demo.lab.internal.\n10.1.107.5\n', 'NOERROR'],
    ['a text', 'about.demo.lab.internal TXT', '"a b"\n', 'NOERROR'],
    ['a local name that is not there', 'nobody.demo.lab.internal', '', 'NXDOMAIN'],
    ['a name that only has others below it', 'demo.lab.internal', '', 'NOERROR'],
    ['a domain that shall not be there', 'x.gone.test', '', 'NXDOMAIN'],
    ['a wildcard without an upstream for the other family', 'x.only4.test AAAA', '', 'REFUSED'],
    ['a name that nobody else is asked for', 'example.test', '', 'REFUSED'],
    ['an address', '-x 10.1.107.5', 'api.demo.lab.internal.\n', 'NOERROR'],
  ])('answers %s', async (_, question, short, status) => {
    await aServer();
    const client = await aClient();

    expect(await client.stdout(`dig +short @${SERVER} ${question}`)).toBe(short);
    expect(await client.stdout(`dig @${SERVER} ${question}`)).toContain(`status: ${status},`);
  });

  test('asks others for what it does not know', async () => {
    await aServer([...RECORDS, 'server=/other.test/10.1.107.103', 'server=9.9.9.9']);
    const other = await on(3);
    await other.run(
      'sudo mkdir -p /etc/dnsmasq.d && sudo tee /etc/dnsmasq.d/a.conf >/dev/null',
      'bind-dynamic\nno-resolv\nhost-record=a.other.test,10.9.9.9\n',
    );
    await other.run('sudo apt-get install -y dnsmasq');
    const client = await aClient();

    expect(await client.stdout(`dig +short a.other.test @${SERVER}`)).toBe('10.9.9.9\n');
    expect(await client.stdout(`dig +short get.k3s.io @${SERVER}`)).toMatch(/^203\.0\.113\.\d+\n$/);
    expect((await client.run('curl -sSfL https://get.k3s.io')).code).toBe(0);
  });

  test('two that ask one another come to an end', async () => {
    await aServer(['no-resolv', 'server=10.1.107.102']);
    const other = await on(2);
    await other.run(
      'sudo mkdir -p /etc/dnsmasq.d && sudo tee /etc/dnsmasq.d/a.conf >/dev/null',
      `bind-dynamic\nno-resolv\nserver=${SERVER}\n`,
    );
    await other.run('sudo apt-get install -y dnsmasq bind9-dnsutils');

    expect(await other.run(`dig +short a.test @${SERVER}`)).toMatchObject({ code: 9 });
  });

  test('reads /etc/hosts, and again when it is reloaded', async () => {
    const server = await aServer(['no-resolv', 'domain=demo.lab.internal', 'expand-hosts']);
    const client = await aClient();
    const ask = `dig +short node.demo.lab.internal @${SERVER}`;
    await server.run("echo '10.1.107.77 node' | sudo tee -a /etc/hosts >/dev/null");
    const before = await client.stdout(ask);

    await server.run('sudo systemctl reload dnsmasq');
    await until(async () => (await client.stdout(ask)) === '10.1.107.77\n');

    expect(before).toBe('');
  });

  test('does not read its configuration again when it is reloaded', async () => {
    const server = await aServer();
    const client = await aClient();
    await server.run("sudo sed -i 's/10.1.107.5/10.1.107.55/' /etc/dnsmasq.d/a.conf");
    const ask = `dig +short api.demo.lab.internal @${SERVER}`;

    await server.run('sudo systemctl reload dnsmasq');
    const reloaded = await client.stdout(ask);
    await server.run('sudo systemctl restart dnsmasq');

    expect([reloaded, await client.stdout(ask)]).toEqual(['10.1.107.5\n', '10.1.107.55\n']);
  });

  test('cannot have port 53 of all addresses: the resolver of the machine has one of them', async () => {
    const login = await on(1);
    await login.run('sudo apt-get install -y dnsmasq');

    expect(await login.stdout('systemctl is-active dnsmasq')).toBe('failed\n');
    expect(await login.stdout('sudo journalctl -u dnsmasq')).toContain(
      'failed to create listening socket for port 53: Address already in use',
    );
  });

  test.each([
    ['address=/apps.x/10.0.0.999', 'Bad address in --address'],
    ['address=/apps.x', 'Bad address in --address'],
    ['host-record=a.b', 'Bad host-record'],
    ['host-record=10.0.0.1', 'Bad host-record'],
    ['server=foo', 'Name or service not known'],
    ['server=/x/foo', 'Name or service not known'],
    ['local=x', 'Name or service not known'],
    ['cname=a', 'bad CNAME'],
  ])('does not take "%s"', async (line, reason) => {
    const server = await aServer();
    await server.run('tee /tmp/a.conf >/dev/null', `${line}\n`);

    expect(await server.run('sudo dnsmasq --test -C /tmp/a.conf')).toMatchObject({
      code: 1,
      stderr: `\ndnsmasq: ${reason} at line 1 of /tmp/a.conf\n`,
    });
  });
});

describe('a machine that looks up a name', () => {
  test('asks its name servers one after the other, and searches its domain', async () => {
    await aServer();
    const client = await aClient(['10.1.107.109', SERVER], { search: 'demo.lab.internal' });

    expect(await client.run('getent hosts api.demo.lab.internal api console.apps')).toEqual({
      code: 0,
      stdout: '10.1.107.5      api.demo.lab.internal\n10.1.107.5      api\n10.1.107.6      console.apps\n',
      stderr: '',
    });
    expect(await client.stdout('getent ahostsv4 api | head -n 1')).toBe('10.1.107.5      STREAM api\n');
    expect(await client.run('getent hosts nobody.demo.lab.internal')).toMatchObject({ code: 2, stdout: '' });
    expect(await client.stdout('getent hosts 10.1.107.5')).toBe('10.1.107.5      api.demo.lab.internal\n');
    expect(await client.stdout('cat /etc/resolv.conf')).toBe(
      'nameserver 127.0.0.53\noptions edns0 trust-ad\nsearch demo.lab.internal\n',
    );
  });

  test('prefers its own file, and knows itself', async () => {
    await aServer();
    const client = await aClient();
    await client.run("echo '10.1.107.88 api.demo.lab.internal' | sudo tee -a /etc/hosts >/dev/null");

    expect(await client.stdout('getent hosts api.demo.lab.internal localhost edge-2')).toBe(
      '10.1.107.88     api.demo.lab.internal\n127.0.0.1       localhost\n10.1.107.102    edge-2\n',
    );
  });

  test('connects by it', async () => {
    await aServer([...RECORDS, `host-record=self.demo.lab.internal,${SERVER}`]);
    const client = await aClient();

    // SSH does not answer to HTTP, which shows that it was reached.
    expect((await client.run('curl -sS http://self.demo.lab.internal:22')).stderr).toMatch(/^curl: \(56\)/);
    expect(await client.run('curl -sS http://nobody.demo.lab.internal')).toMatchObject({
      code: 6,
      stderr: 'curl: (6) Could not resolve host: nobody.demo.lab.internal\n',
    });
  });

  test('finds nothing where its name server is down, also no name of the Internet', async () => {
    const server = await aServer([...RECORDS, 'server=9.9.9.9']);
    const client = await aClient();
    const before = await client.run('getent hosts get.k3s.io');

    await server.run('sudo systemctl stop dnsmasq');

    expect(before.code).toBe(0);
    expect(await client.run('getent hosts get.k3s.io')).toMatchObject({ code: 2 });
    expect(await client.run('curl -sS https://get.k3s.io')).toMatchObject({ code: 6 });
    expect(await client.run(`dig +short api.demo.lab.internal @${SERVER}`)).toMatchObject({ code: 9 });
  });

  test.each([
    ["the router's", ['10.1.107.1']],
    ['of the Internet', ['9.9.9.9']],
    ['not given', []],
  ])('asks the name server beyond the router where it is %s', async (_, nameservers) => {
    const client = await on(2, { nameservers });

    expect(await client.run('getent hosts get.k3s.io')).toMatchObject({ code: 0 });
    expect(await client.run('getent hosts no-such-host.test')).toMatchObject({ code: 2 });
  });

  test('knows names and not the way, where only its name server has one', async () => {
    await aServer([...RECORDS, 'server=9.9.9.9']);
    const client = await on(2, { nameservers: [SERVER], gateway: null });

    expect(await client.run('getent hosts get.k3s.io')).toMatchObject({ code: 0 });
    expect(await client.run('curl -sS https://get.k3s.io')).toMatchObject({ code: 7 });
  });

  test('joins a cluster by its name', async () => {
    await aServer([...RECORDS, 'host-record=api-int.demo.lab.internal,10.1.107.102', 'server=9.9.9.9']);
    const install = async (login: Login, config: string, role: string): Promise<void> => {
      await login.run('sudo install -D -m 600 /dev/stdin /etc/rancher/k3s/config.yaml', config);
      const command = `curl -sfL https://get.k3s.io | sudo INSTALL_K3S_VERSION=v1.32.0+k3s1 sh -s - ${role}`;
      expect(await login.run(command)).toMatchObject({ code: 0 });
    };
    await install(
      await on(2),
      'token: secret\ncluster-init: true\ntls-san: [api-int.demo.lab.internal]\n',
      'server',
    );
    const agent = await on(3, { nameservers: [SERVER, '9.9.9.9'] });

    await install(agent, 'token: secret\nserver: https://api-int.demo.lab.internal:6443\n', 'agent');

    expect(lab.fakeKubernetes.plane.nodeNames()).toEqual(['edge-2', 'edge-3']);
  });
});
