import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { aMachine, TestLab, until, type Login } from '../lab.js';

let lab: TestLab;

beforeEach(() => {
  lab = new TestLab();
});

afterEach(async () => {
  await lab.close();
});

interface Wanted {
  readonly role?: 'server' | 'agent';
  readonly version?: string;
  readonly config?: string;
}

/** Boots machine `number` and installs K3s without starting it. */
async function installed(
  number: number,
  { role = 'server', version = 'v1.32.0+k3s1', config = '' }: Wanted = {},
): Promise<Login> {
  lab.guests.powerOn(aMachine(number));
  const login = await lab.login(`10.1.107.10${number}`);
  await login.run('cloud-init status --wait');
  const install = `curl -sfL https://get.k3s.io | sudo INSTALL_K3S_VERSION=${version} INSTALL_K3S_EXEC=${role} INSTALL_K3S_SKIP_START=true sh -`;
  const { code, stderr } = await login.run(install);
  if (code !== 0) throw new Error(`the installer failed: ${stderr}`);
  await configure(login, config);
  return login;
}

async function configure(login: Login, config: string): Promise<void> {
  await login.run('sudo install -D -m 600 /dev/stdin /etc/rancher/k3s/config.yaml', config);
}

const FIRST = 'token: secret\ncluster-init: true\n';
const JOINING = 'token: secret\nserver: https://10.1.107.101:6443\n';

async function started(number: number, wanted: Wanted): Promise<Login> {
  const login = await installed(number, wanted);
  const unit = wanted.role === 'agent' ? 'k3s-agent' : 'k3s';
  const { code } = await login.run(`sudo systemctl start ${unit}`);
  if (code !== 0) throw new Error(await login.stdout(`sudo journalctl -u ${unit}`));
  return login;
}

describe('a K3s server', () => {
  test('leaves its credentials for root only', async () => {
    const server = await started(1, { config: FIRST });

    const { stdout } = await server.run(
      'sudo stat -c "%n %a %U" /etc/rancher/k3s/k3s.yaml /var/lib/rancher/k3s/server/node-token; sudo cat /var/lib/rancher/k3s/server/node-token',
    );

    expect(stdout).toBe(
      `/etc/rancher/k3s/k3s.yaml 600 root\n/var/lib/rancher/k3s/server/node-token 600 root\nK10${'a'.repeat(64)}::server:secret\n`,
    );
    expect((await server.run('cat /etc/rancher/k3s/k3s.yaml')).stderr).toMatch(/Permission denied/);
  });

  test('serves with the names that it was configured with', async () => {
    await started(1, { config: `${FIRST}tls-san: [api.example.org]\nservice-cidr: 10.50.0.0/16\n` });

    expect(lab.fakeKubernetes.plane.alternativeNames).toEqual(
      expect.arrayContaining([
        '127.0.0.1',
        'localhost',
        'edge-1',
        '10.1.107.101',
        'api.example.org',
        '10.50.0.1',
      ]),
    );
    expect(lab.fakeKubernetes.plane.options).toMatchObject({
      serviceCidr: '10.50.0.0/16',
      version: 'v1.32.0+k3s1',
    });
  });

  test('has the folder of etcd once its SQLite has become etcd', async () => {
    const server = await started(1, { config: 'token: secret\n' });
    const folder = async (): Promise<number | null> =>
      (await server.run('sudo test -d /var/lib/rancher/k3s/server/db/etcd')).code;
    expect(await folder()).toBe(1);

    await configure(server, FIRST);
    await server.run('sudo systemctl restart k3s');

    expect(await folder()).toBe(0);
  });

  test('registers its node with labels and taints', async () => {
    const config = `${FIRST}node-label: [tier=edge]\nnode-taint: ["a=b:NoSchedule"]\ndisable: [traefik]\n`;

    await started(1, { config });
    const node = await until(async () => {
      const found = lab.fakeKubernetes.plane.nodes.get('edge-1');
      return found?.ready === 'True' && found;
    });

    expect(node).toMatchObject({
      internalIp: '10.1.107.101',
      labels: { tier: 'edge' },
      taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }],
      roles: ['control-plane', 'etcd'],
      votes: true,
      cores: 2,
    });
    expect(lab.fakeKubernetes.plane.options.components).not.toContain('traefik');
  });

  test.each([
    ['an unknown flag in its file', 'cluster-nit: true\n', /flag provided but not defined: -cluster-nit/],
    ['a file that is no YAML', 'token: [\n', /failed to read \/etc\/rancher\/k3s\/config\.yaml: yaml:/],
    ['a switch that is no boolean', 'cluster-init: perhaps\n', /invalid boolean value/],
    ['a server that does not answer', 'token: a\nserver: https://10.1.107.109:6443\n', /no route to host/],
    ['a taint that is none', 'node-taint: [x]\n', /invalid taint spec: x/],
  ])('fails to start with %s, and is started again', async (_, config, reason) => {
    const server = await installed(1, { config });

    const { code, stderr } = await server.run('sudo systemctl start k3s');
    await until(async () => Number(await server.stdout('systemctl show -p NRestarts --value k3s')) >= 2);

    expect(code).toBe(1);
    expect(stderr).toMatch(/Job for k3s.service failed/);
    expect(await server.stdout('sudo journalctl -u k3s')).toMatch(reason);
    expect(await server.stdout('systemctl is-active k3s')).toBe('activating\n');
  });

  test('is closed when it is stopped, and its node goes silent', async () => {
    const server = await started(1, { config: FIRST });

    await server.run('sudo systemctl stop k3s');
    await until(async () => lab.fakeKubernetes.plane.nodes.get('edge-1')?.ready === 'NodeStatusUnknown');

    expect(lab.guests.inspect().machines[0]?.ports).toEqual([22]);
    await expect(lab.dial('10.1.107.101', 6443)).rejects.toThrow(/ConnectionRefused/);
  });

  test('does not come back with another token', async () => {
    const server = await started(1, { config: FIRST });
    await server.run('sudo systemctl stop k3s');
    await configure(server, FIRST.replace('secret', 'other'));

    const { code } = await server.run('sudo systemctl start k3s');

    expect(code).toBe(1);
    expect(await server.stdout('sudo journalctl -u k3s -n 20')).toMatch(/encrypted with different token/);
  });

  test('leaves nothing when it is uninstalled', async () => {
    const server = await started(1, { config: FIRST });

    const { code } = await server.run('sudo /usr/local/bin/k3s-uninstall.sh');

    expect(code).toBe(0);
    expect(await server.stdout('ls /usr/local/bin /etc/rancher; systemctl is-active k3s')).toBe(
      '/usr/local/bin:\n\n/etc/rancher:\nnode\ninactive\n',
    );
  });
});

describe('further servers', () => {
  test('join embedded etcd as learners and are promoted', async () => {
    await started(1, { config: FIRST });
    await started(2, { config: JOINING });
    const third = await started(3, {
      config: JOINING.replace('secret', `K10${'a'.repeat(64)}::server:secret`),
    });

    const { nodes } = lab.fakeKubernetes.plane;

    expect([...nodes.values()].map(({ name, votes }) => [name, votes])).toEqual([
      ['edge-1', true],
      ['edge-2', true],
      ['edge-3', true],
    ]);
    expect(await third.stdout('systemctl is-active k3s')).toBe('active\n');
  });

  test('are refused while another one is still a learner, and join later', async () => {
    await lab.close();
    // Slow enough that two joins overlap.
    lab = new TestLab({ speed: 0.02 });
    await started(1, { config: FIRST });
    const [second, third] = await Promise.all([
      installed(2, { config: JOINING }),
      installed(3, { config: JOINING }),
    ]);

    await Promise.all([second, third].map((login) => login.run('sudo systemctl start --no-block k3s')));
    await until(
      async () => [...lab.fakeKubernetes.plane.nodes.values()].filter(({ votes }) => votes).length === 3,
    );

    const journals = await Promise.all(
      [second, third].map((login) => login.stdout('sudo journalctl -u k3s')),
    );
    expect(journals.join('')).toContain('etcdserver: too many learner members in cluster');
  });

  test.each([
    ['the token is wrong', { config: JOINING.replace('secret', 'wrong') }, /401 Unauthorized/],
    [
      'the CA is another one',
      { config: JOINING.replace('secret', `K10${'b'.repeat(64)}::server:secret`) },
      /token CA hash does not match/,
    ],
    [
      'it is configured otherwise',
      { config: `${JOINING}cluster-cidr: 10.60.0.0/16\n` },
      /mismatch between servers: cluster-cidr/,
    ],
    [
      'its version is too far off',
      { config: JOINING, version: 'v1.30.4+k3s1' },
      /cannot join a cluster of v1\.32/,
    ],
  ])('are refused when %s', async (_, wanted, reason) => {
    await started(1, { config: FIRST });
    const second = await installed(2, wanted);

    const { code } = await second.run('sudo systemctl start k3s');

    expect(code).toBe(1);
    expect(await second.stdout('sudo journalctl -u k3s')).toMatch(reason);
    expect(lab.fakeKubernetes.plane.nodeNames()).toEqual(['edge-1']);
  });

  test('cannot join a server that keeps its state in SQLite', async () => {
    await started(1, { config: 'token: secret\n' });
    const second = await installed(2, { config: JOINING });

    const { code } = await second.run('sudo systemctl start k3s');

    expect(code).toBe(1);
    expect(await second.stdout('sudo journalctl -u k3s')).toMatch(/does not use embedded etcd/);
  });

  test('keep the cluster going without one of three, and not without two', async () => {
    await started(1, { config: FIRST });
    await started(2, { config: JOINING });
    await started(3, { config: JOINING });
    const { plane } = lab.fakeKubernetes;

    lab.guests.powerOff(101);
    const withTwo = plane.hasQuorum;
    lab.guests.powerOff(102);
    await until(async () => !plane.hasQuorum);
    lab.guests.powerOn(aMachine(1, { media: [] }));
    await until(async () => plane.hasQuorum);

    expect(withTwo).toBe(true);
    expect(plane.nodes.get('edge-3')?.ready).toBe('True');
  });

  test('take the cluster with them when the last disk is gone', async () => {
    await started(1, { config: FIRST });
    await started(2, { config: JOINING });

    for (const [vmid, disk] of [
      [101, 'vm-101-disk-0'],
      [102, 'vm-102-disk-0'],
    ] as const) {
      lab.guests.powerOff(vmid);
      lab.guests.diskRemoved(disk);
    }

    await until(async () => lab.fakeKubernetes.planes.size === 0);
    expect(lab.guests.inspect().machines).toEqual([]);
  });
});

describe('a K3s agent', () => {
  test('waits for its server, and joins when that is there', async () => {
    const agent = await installed(2, { role: 'agent', config: JOINING });
    await agent.run('sudo systemctl start --no-block k3s-agent');
    await until(async () =>
      (await agent.stdout('sudo journalctl -u k3s-agent')).includes('no route to host'),
    );
    const before = await agent.stdout('systemctl is-active k3s-agent');

    await started(1, { config: FIRST });
    await until(async () => lab.fakeKubernetes.plane.nodes.get('edge-2')?.ready === 'True');

    expect(before).toBe('activating\n');
    expect(lab.fakeKubernetes.plane.nodes.get('edge-2')?.roles).toEqual([]);
    expect(await agent.stdout('systemctl is-active k3s-agent')).toBe('active\n');
  });

  test('goes on asking with a token that is refused', async () => {
    await started(1, { config: FIRST });
    const agent = await installed(2, { role: 'agent', config: JOINING.replace('secret', 'wrong') });

    await agent.run('sudo systemctl start --no-block k3s-agent');
    await until(async () =>
      (await agent.stdout('sudo journalctl -u k3s-agent')).includes('401 Unauthorized'),
    );

    expect(await agent.run('systemctl is-active k3s-agent')).toMatchObject({
      code: 3,
      stdout: 'activating\n',
    });
  });

  test('knows no flags of servers', async () => {
    const agent = await installed(2, { role: 'agent', config: `${JOINING}tls-san: [x]\n` });

    const { code } = await agent.run('sudo systemctl start k3s-agent');

    expect(code).toBe(1);
    expect(await agent.stdout('sudo journalctl -u k3s-agent')).toMatch(
      /flag provided but not defined: -tls-san/,
    );
  });

  test('is refused under the name of a node that another machine runs', async () => {
    await started(1, { config: FIRST });
    await started(2, { role: 'agent', config: JOINING });
    const twin = await installed(3, { role: 'agent', config: `${JOINING}node-name: edge-2\n` });

    await twin.run('sudo systemctl start --no-block k3s-agent');
    await until(async () =>
      (await twin.stdout('sudo journalctl -u k3s-agent')).includes('Node password rejected'),
    );

    expect(lab.fakeKubernetes.plane.nodes.get('edge-2')?.internalIp).toBe('10.1.107.102');
  });

  test('becomes NotReady when its machine is switched off, and Ready when it is back', async () => {
    await started(1, { config: FIRST });
    await started(2, { role: 'agent', config: JOINING });
    const { nodes } = lab.fakeKubernetes.plane;

    lab.guests.powerOff(102);
    await until(async () => nodes.get('edge-2')?.ready === 'NodeStatusUnknown');
    lab.guests.powerOn(aMachine(2, { media: [] }));

    await until(async () => nodes.get('edge-2')?.ready === 'True');
    expect(nodes.get('edge-1')?.ready).toBe('True');
  });
});

describe('the installer', () => {
  test.each([
    ['a version that is none', 'INSTALL_K3S_VERSION=1.32', /Download failed/],
    ['a URL without TLS', 'K3S_URL=http://10.1.107.101:6443', /Only https:\/\/ URLs are supported/],
    [
      'a URL without a token',
      'K3S_URL=https://10.1.107.101:6443',
      /K3S_TOKEN or K3S_TOKEN_FILE is not defined/,
    ],
  ])('fails with %s', async (_, variables, reason) => {
    lab.guests.powerOn(aMachine(1));
    const login = await lab.login('10.1.107.101');

    const { code, stderr } = await login.run(`curl -sfL https://get.k3s.io | sudo ${variables} sh -`);

    expect(code).toBe(1);
    expect(stderr).toMatch(reason);
    expect((await login.run('test -e /usr/local/bin/k3s')).code).toBe(1);
  });

  test('takes the stable version where none is named, and flags behind the role', async () => {
    lab.guests.powerOn(aMachine(1));
    const login = await lab.login('10.1.107.101');

    const { code } = await login.run(
      "curl -sfL https://get.k3s.io | sudo INSTALL_K3S_SKIP_START=true sh -s - server --tls-san 'a b' --disable traefik",
    );

    expect(code).toBe(0);
    expect(await login.stdout('k3s --version | head -n 1')).toMatch(/^k3s version v1\.36\.1\+k3s1 /);
    expect(await login.stdout('grep ExecStart= /etc/systemd/system/k3s.service')).toBe(
      "ExecStart=/usr/local/bin/k3s server '--tls-san' 'a b' '--disable' 'traefik'\n",
    );
  });

  test('does not enable the unit when it is told not to', async () => {
    lab.guests.powerOn(aMachine(1));
    const login = await lab.login('10.1.107.101');

    await login.run('curl -sfL https://get.k3s.io | sudo INSTALL_K3S_SKIP_ENABLE=true K3S_TOKEN=secret sh -');

    expect(await login.stdout('systemctl is-enabled k3s; systemctl is-active k3s')).toBe(
      'disabled\ninactive\n',
    );
    expect(await login.stdout('sudo cat /etc/systemd/system/k3s.service.env')).toBe('K3S_TOKEN=secret\n');
  });
});
