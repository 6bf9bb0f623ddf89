import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLabKubernetes } from '../../../../lab/kubernetes/lab-kubernetes.js';
import { aMachine, TestLab, until, type Login } from '../lab.js';

// Each command is a shell that is started in a guest.

let lab: TestLab;

beforeEach(() => {
  lab = new TestLab();
});

afterEach(async () => {
  await lab.close();
});

const PORT = 2_222;
const BALANCER = '10.1.107.101';
const CONFIGURATION = '/etc/haproxy/haproxy.cfg';

async function on(number: number): Promise<Login> {
  lab.guests.powerOn(aMachine(number));
  return lab.login(`10.1.107.10${number}`);
}

interface Shape {
  readonly servers: readonly number[];
  readonly bind?: string;
  readonly more?: string;
}

/** Balances port 22 of the machines. */
function sshConfiguration({ servers, bind = `*:${PORT}`, more = '' }: Shape): string {
  const lines = servers.map(
    (number) => `    server m${number} 10.1.107.10${number}:22 check inter 1s fall 2 rise 1\n`,
  );
  return (
    'global\n    stats socket /run/haproxy/admin.sock mode 600 level admin\n' +
    'defaults\n    mode tcp\n    timeout connect 5s\n    timeout client 10m\n    timeout server 10m\n' +
    `frontend ssh\n    bind ${bind}\n    default_backend ssh\n` +
    `backend ssh\n    option redispatch\n    retries 1\n${more}${lines.join('')}`
  );
}

async function write(login: Login, text: string): Promise<void> {
  await login.run(`sudo tee ${CONFIGURATION} >/dev/null`, text);
}

/** Machine 1, with HAProxy in front of the others. */
async function aBalancer(shape: Shape): Promise<Login> {
  const login = await on(1);
  expect(await login.run('sudo apt-get install -y haproxy socat')).toMatchObject({ code: 0 });
  await write(login, sshConfiguration(shape));
  expect(await login.run('sudo systemctl restart haproxy')).toMatchObject({ code: 0, stderr: '' });
  return login;
}

/** Name of the machine that a login through the balancer ends at. */
async function reached(port = PORT): Promise<string> {
  const login = await lab.tryLogin(BALANCER, {}, port);
  const name = (await login.stdout('hostname')).trim();
  login.client.destroy();
  return name;
}

function socket(login: Login, command: string): Promise<string> {
  return login.stdout(`echo "${command}" | sudo socat stdio UNIX-CONNECT:/run/haproxy/admin.sock`);
}

/** Status of a server by `show stat`. */
async function statusOf(login: Login, server: string): Promise<string | undefined> {
  const [header = '', ...rows] = (await socket(login, 'show stat'))
    .split('\n')
    .map((line) => line.split(','));
  const column = (header as readonly string[]).indexOf('status');
  return rows.find(([, name]) => name === server)?.[column];
}

describe('the program haproxy', () => {
  test('checks a file, and says what is wrong with it', async () => {
    const login = await aBalancer({ servers: [2] });
    await login.run('tee good.cfg bad.cfg >/dev/null', sshConfiguration({ servers: [2] }));
    await login.run("sed -i 's/default_backend/default_bakend/' bad.cfg");

    expect(await login.run('sudo haproxy -c -f good.cfg')).toEqual({
      code: 0,
      stdout: 'Configuration file is valid\n',
      stderr: '',
    });
    expect(await login.run('sudo haproxy -c -q -f good.cfg')).toMatchObject({ code: 0, stdout: '' });
    const bad = await login.run('sudo haproxy -c -f bad.cfg');
    expect(bad.code).toBe(1);
    expect(bad.stderr).toContain(
      "[ALERT]    (1000) : config : parsing [bad.cfg:10] : unknown keyword 'default_bakend' in 'frontend' section",
    );
    expect(await login.run('sudo haproxy -c -f none.cfg')).toMatchObject({ code: 1 });
    expect(await login.stdout('haproxy -v')).toMatch(/^HAProxy version 2\.8/);
  });

  test('starts as it comes, and not with a file that it does not take', async () => {
    const login = await on(1);
    await login.run('sudo apt-get install -y haproxy');
    const asItComes = await login.stdout(
      'systemctl is-active haproxy; pidof haproxy; stat -c "%a %U" /run/haproxy',
    );

    await write(login, 'frontend a\n    bid :80\n');
    const { code } = await login.run('sudo systemctl restart haproxy');

    expect(asItComes).toMatch(/^active\n\d+\n2775 haproxy\n$/);
    expect(code).toBe(1);
    expect(await login.stdout('sudo journalctl -u haproxy')).toContain(
      "unknown keyword 'bid' in 'frontend' section",
    );
  });

  test.each([
    ['another program has the port', '*:22', /cannot bind socket \(Address already in use\) for \[\*:22\]/],
    [
      'the machine does not have the address',
      '10.1.107.50:80',
      /\(Cannot assign requested address\) for \[10\.1\.107\.50:80\]/,
    ],
  ])('does not start where %s', async (_, bind, reason) => {
    const login = await aBalancer({ servers: [2] });
    await write(login, sshConfiguration({ servers: [2], bind }));

    expect(await login.run('sudo systemctl restart haproxy')).toMatchObject({ code: 1 });
    expect(await login.stdout('sudo journalctl -u haproxy')).toMatch(reason);
  });

  test('may have an address that comes later', async () => {
    const login = await aBalancer({ servers: [1] });
    await write(login, sshConfiguration({ servers: [1], bind: '10.1.107.50:80' }));

    await login.run('sudo sysctl -w net.ipv4.ip_nonlocal_bind=1');

    expect(await login.run('sudo systemctl restart haproxy')).toMatchObject({ code: 0 });
    expect(await login.stdout('ss -ltnH')).toContain(' 10.1.107.50:80 ');
    await expect(lab.dial(BALANCER, 80)).rejects.toThrow(/ConnectionRefused/);
  });

  test('is started again when it is killed', async () => {
    const login = await aBalancer({ servers: [1] });
    const before = await login.stdout('pidof haproxy');

    await login.run('sudo kill -9 $(pidof haproxy)');
    await until(async () => (await login.stdout('systemctl is-active haproxy')) === 'active\n');

    expect(await login.stdout('pidof haproxy')).not.toBe(before);
    expect(await reached()).toBe('edge-1');
  });
});

describe('connections through HAProxy', () => {
  test('are given to the servers in turn', async () => {
    await on(2);
    await on(3);
    await aBalancer({ servers: [2, 3] });

    const names = [await reached(), await reached(), await reached(), await reached()];

    expect(names.toSorted()).toEqual(['edge-2', 'edge-2', 'edge-3', 'edge-3']);
  });

  test('go to the one with the fewest of them by leastconn', async () => {
    await on(2);
    await on(3);
    await aBalancer({ servers: [2, 3], more: '    balance leastconn\n' });

    const first = await lab.tryLogin(BALANCER, {}, PORT);
    const name = (await first.stdout('hostname')).trim();
    const others = [await reached(), await reached()];

    expect(others).not.toContain(name);
  });

  test('go on without a server that is switched off, and to it again when it is back', async () => {
    await on(2);
    await on(3);
    const balancer = await aBalancer({ servers: [2, 3] });

    lab.guests.powerOff(102);
    await until(async () => (await statusOf(balancer, 'm2')) === 'DOWN');
    const without = [await reached(), await reached()];
    lab.guests.powerOn(aMachine(2));
    await until(async () => (await statusOf(balancer, 'm2')) === 'UP');

    expect(without).toEqual(['edge-3', 'edge-3']);
    expect([await reached(), await reached()].toSorted()).toEqual(['edge-2', 'edge-3']);
    expect(await balancer.stdout('sudo journalctl -u haproxy')).toMatch(
      /Server ssh\/m2 is DOWN, reason: Layer4 connection problem, info: "No route to host"\. 1 active/,
    );
  });

  test('are closed where no server is left, and refused when HAProxy is stopped', async () => {
    const balancer = await aBalancer({ servers: [2] });
    await until(async () => (await statusOf(balancer, 'm2')) === 'DOWN');

    const unanswered = await lab.dial(BALANCER, PORT);
    await new Promise((resolve) => unanswered.once('close', resolve));
    await balancer.run('sudo systemctl stop haproxy');

    await expect(lab.dial(BALANCER, PORT)).rejects.toThrow(/ConnectionRefused/);
    expect(await balancer.stdout('ls /run/haproxy')).toBe('');
  });

  test('come in only by the addresses that it listens at', async () => {
    const balancer = await aBalancer({ servers: [1], bind: `127.0.0.1:${PORT}` });

    expect(await balancer.run(`curl -sS http://127.0.0.1:${PORT}`)).not.toMatchObject({ code: 7 });
    expect(await balancer.run(`curl -sS http://${BALANCER}:${PORT}`)).toMatchObject({ code: 7 });
  });
});

describe('a reload', () => {
  test('keeps connections, and gives new ones to the new servers', async () => {
    await on(2);
    await on(3);
    const balancer = await aBalancer({ servers: [2] });
    const open = await lab.tryLogin(BALANCER, {}, PORT);
    const pid = await balancer.stdout('pidof haproxy');

    await write(balancer, sshConfiguration({ servers: [3] }));
    expect(await balancer.run('sudo systemctl reload haproxy')).toMatchObject({ code: 0 });

    expect(await reached()).toBe('edge-3');
    expect(await open.stdout('hostname')).toBe('edge-2\n');
    expect(await balancer.stdout('pidof haproxy')).toBe(pid);
    expect(await socket(balancer, 'show servers state')).not.toContain(' m2 ');
  });

  test('with a file that is not taken fails, and leaves all as it is', async () => {
    await on(2);
    const balancer = await aBalancer({ servers: [2] });
    await write(balancer, 'nonsense\n');

    const { code, stderr } = await balancer.run('sudo systemctl reload haproxy');

    expect(code).toBe(1);
    expect(stderr).toContain('Job for haproxy.service failed');
    expect(await reached()).toBe('edge-2');
    expect(await balancer.stdout('systemctl is-active haproxy')).toBe('active\n');
  });

  test('needs a service that is up', async () => {
    const balancer = await aBalancer({ servers: [2] });
    await balancer.run('sudo systemctl stop haproxy');

    expect(await balancer.run('sudo systemctl reload haproxy')).toEqual({
      code: 1,
      stdout: '',
      stderr: 'haproxy.service is not active, cannot reload.\n',
    });
    expect(await balancer.run('sudo systemctl reload ssh')).toMatchObject({ code: 1 });
  });
});

describe('the runtime socket', () => {
  test('drains a server: what it has goes on, and nothing new comes', async () => {
    await on(2);
    await on(3);
    const balancer = await aBalancer({ servers: [2, 3] });
    await socket(balancer, 'set server ssh/m3 state maint');
    const open = await lab.tryLogin(BALANCER, {}, PORT);
    await socket(balancer, 'set server ssh/m3 state ready');

    expect(await socket(balancer, 'set server ssh/m2 state drain')).toBe('\n');

    expect([await reached(), await reached()]).toEqual(['edge-3', 'edge-3']);
    expect(await open.stdout('hostname')).toBe('edge-2\n');
    expect(await statusOf(balancer, 'm2')).toBe('DRAIN');
    expect(await socket(balancer, 'show servers state ssh')).toMatch(
      /^1\n# be_id be_name .*\n3 ssh 1 m2 10\.1\.107\.102 2 8 1 1 \d+ 6 3 2 6 /,
    );
    await socket(balancer, 'set server ssh/m2 state ready');
    expect([await reached(), await reached()].toSorted()).toEqual(['edge-2', 'edge-3']);
  });

  test('says how many sessions a server has', async () => {
    await on(2);
    const balancer = await aBalancer({ servers: [2] });
    const sessions = async (): Promise<string | undefined> =>
      (await socket(balancer, 'show stat'))
        .split('\n')
        .find((line) => line.startsWith('ssh,m2,'))
        ?.split(',')[4];
    const before = await sessions();

    const open = await lab.tryLogin(BALANCER, {}, PORT);
    const during = await sessions();
    open.client.destroy();

    expect([before, during]).toEqual(['0', '1']);
    await until(async () => (await sessions()) === '0');
  });

  test.each([
    ['set server ssh/m9 state drain', 'No such server.\n\n'],
    ['set server other/m2 state drain', 'No such backend.\n\n'],
    ['set server ssh/m2 state foo', "'set server <srv> state' expects 'ready', 'drain' and 'maint'.\n\n"],
    ['set server ssh', "Require 'backend/server'.\n\n"],
    ['show servers state other', "Can't find backend.\n\n"],
    ['show backend', '# name\nssh\n\n'],
  ])('answers "%s"', async (command, expected) => {
    expect(await socket(await aBalancer({ servers: [2] }), command)).toBe(expected);
  });

  test('answers root alone, and nobody when HAProxy is stopped', async () => {
    const balancer = await aBalancer({ servers: [2] });
    const ask = 'echo "show stat" | %s socat - /run/haproxy/admin.sock';

    expect(await balancer.run(ask.replace('%s', ''))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Permission denied') as unknown,
    });
    await balancer.run('sudo systemctl stop haproxy');
    expect(await balancer.run(ask.replace('%s', 'sudo'))).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('No such file or directory') as unknown,
    });
  });
});

describe('the API of a cluster', () => {
  const API = 6_443;

  /** K3s on machine `number`, with an API that is really there. */
  async function aServer(number: number, config: string): Promise<Login> {
    const login = await on(number);
    await login.run('sudo install -D -m 600 /dev/stdin /etc/rancher/k3s/config.yaml', config);
    const installed = await login.run(
      'curl -sfL https://get.k3s.io | sudo INSTALL_K3S_VERSION=v1.32.0+k3s1 sh -s - server',
    );
    if (installed.code !== 0)
      throw new Error(`${installed.stderr}${await login.stdout('sudo journalctl -u k3s')}`);
    return login;
  }

  function apiConfiguration(servers: readonly number[], status: string): string {
    const lines = servers.map(
      (number) =>
        `    server m${number} 10.1.107.10${number}:${API} check check-ssl verify none inter 1s fall 2 rise 1\n`,
    );
    return (
      'global\n    description with-the-api\n    stats socket /run/haproxy/admin.sock mode 600 level admin\n' +
      'defaults\n    mode tcp\n    timeout connect 5s\n    timeout client 10m\n    timeout server 10m\n    timeout check 3s\n' +
      `frontend api\n    bind *:${API}\n    default_backend api\n` +
      `backend api\n    option httpchk GET /readyz\n    http-check expect status ${status}\n${lines.join('')}`
    );
  }

  // K3s knows no anonymous callers: it answers 401 once it serves, and nothing before.
  test('is reached and joined through the balancer, and only at servers that serve', async () => {
    await lab.close();
    lab = new TestLab({ kubernetes: createLabKubernetes });
    const balancer = await aBalancer({ servers: [2] });
    await write(balancer, apiConfiguration([2, 3], '401'));
    await balancer.run('sudo systemctl reload haproxy');
    await until(async () => (await statusOf(balancer, 'm2')) === 'DOWN');

    const first = await aServer(2, `token: secret\ncluster-init: true\ntls-san: [${BALANCER}]\n`);
    await until(async () => (await statusOf(balancer, 'm2')) === 'UP');
    await aServer(3, `token: secret\nserver: https://${BALANCER}:${API}\ntls-san: [${BALANCER}]\n`);
    await until(async () => (await statusOf(balancer, 'm3')) === 'UP');

    await first.run(
      `sudo sed 's/127.0.0.1/${BALANCER}/' /etc/rancher/k3s/k3s.yaml | tee kubeconfig >/dev/null`,
    );
    expect(await first.stdout('k3s kubectl --kubeconfig kubeconfig get nodes --no-headers')).toMatch(
      /^edge-2 .*\nedge-3 .*\n$/,
    );
    expect(
      await first.stdout(`curl -sk -o /dev/null -w '%{http_code}' https://${BALANCER}:${API}/readyz`),
    ).toBe('401');
    lab.guests.powerOff(103);
    await until(async () => (await statusOf(balancer, 'm3')) === 'DOWN');
  });
});
