import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { createLabKubernetes } from '../../../../lab/kubernetes/lab-kubernetes.js';
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

const VERSION = 'v1.32.0+rke2r1';
const FIRST = 'token: secret\ncni: [canal]\n';
const JOINING = 'token: secret\nserver: https://10.1.107.101:9345\n';

/** Boots machine `number` and installs RKE2, which does not start it. */
async function installed(
  number: number,
  { role = 'server', version = VERSION, config = '' }: Wanted = {},
): Promise<Login> {
  lab.guests.powerOn(aMachine(number));
  const login = await lab.login(`10.1.107.10${number}`);
  await login.run('cloud-init status --wait');
  const install = `curl -sfL https://get.rke2.io | sudo INSTALL_RKE2_VERSION=${version} INSTALL_RKE2_TYPE=${role} sh -`;
  const { code, stderr } = await login.run(install);
  if (code !== 0) throw new Error(`the installer failed: ${stderr}`);
  await configure(login, config);
  return login;
}

async function configure(login: Login, config: string): Promise<void> {
  await login.run('sudo install -D -m 600 /dev/stdin /etc/rancher/rke2/config.yaml', config);
}

async function started(number: number, wanted: Wanted): Promise<Login> {
  const login = await installed(number, wanted);
  const unit = `rke2-${wanted.role ?? 'server'}`;
  const { code } = await login.run(`sudo systemctl start ${unit}`);
  if (code !== 0) throw new Error(await login.stdout(`sudo journalctl -u ${unit}`));
  return login;
}

async function journal(login: Login, unit = 'rke2-server'): Promise<string> {
  return login.stdout(`sudo journalctl -u ${unit}`);
}

describe('the installer', () => {
  test('leaves program and units, and starts nothing', async () => {
    const login = await installed(1);

    expect(await login.stdout('rke2 --version | head -n 1')).toMatch(/^rke2 version v1\.32\.0\+rke2r1 \(/);
    expect(
      await login.stdout(
        'for U in rke2-server rke2-agent; do systemctl is-enabled $U; systemctl is-active $U; done',
      ),
    ).toBe('disabled\ninactive\ndisabled\ninactive\n');
    expect(await login.stdout('stat -c "%a %U" /usr/local/bin/rke2')).toBe('755 root\n');
  });

  test.each([
    ['a version that is none', 'sudo INSTALL_RKE2_VERSION=1.32', /download failed/],
    ['a version of K3s', 'sudo INSTALL_RKE2_VERSION=v1.32.0+k3s1', /download failed/],
    ['an ordinary user', 'INSTALL_RKE2_TYPE=agent', /You need to be root/],
    ['packages on a machine without their manager', 'sudo INSTALL_RKE2_METHOD=rpm', /no package manager/],
  ])('fails with %s', async (_, variables, reason) => {
    lab.guests.powerOn(aMachine(1));
    const login = await lab.login('10.1.107.101');

    const { code, stderr } = await login.run(
      `curl -sfL https://get.rke2.io > install.sh; ${variables.startsWith('sudo') ? variables : `env ${variables}`} sh install.sh`,
    );

    expect(code).toBe(1);
    expect(stderr).toMatch(reason);
    expect((await login.run('test -e /usr/local/bin/rke2')).code).toBe(1);
  });

  test('refuses a program that was changed on its way', async () => {
    lab.guests.powerOn(aMachine(1));
    const login = await lab.login('10.1.107.101');
    const url = `https://mirror.lab.internal/rke2/${VERSION}`;

    const { code, stderr } = await login.run(
      `mkdir a; cd a; for F in sha256sum-amd64.txt rke2.linux-amd64.tar.gz install.sh; do curl -sfLO ${url}/$F; done; ` +
        'echo x >> rke2.linux-amd64.tar.gz; sudo INSTALL_RKE2_ARTIFACT_PATH=$PWD sh install.sh',
    );

    expect(code).toBe(1);
    expect(stderr).toMatch(/download sha256 does not match [0-9a-f]{64}, got /);
  });
});

describe('an RKE2 server', () => {
  test('serves the API and, at a port of its own, those who join', async () => {
    const server = await started(1, { config: FIRST });

    expect(lab.guests.inspect().machines[0]?.ports).toEqual([22, 2_379, 2_382, 6_443, 9_345]);
    expect(await server.stdout('sudo stat -c "%n %a" /etc/rancher/rke2/rke2.yaml')).toBe(
      '/etc/rancher/rke2/rke2.yaml 600\n',
    );
    expect(await server.stdout('sudo cat /var/lib/rancher/rke2/server/node-token')).toBe(
      `K10${'a'.repeat(64)}::server:secret\n`,
    );
  });

  test('is a member of etcd, also alone, and encrypts secrets unasked', async () => {
    await started(1, { config: `${FIRST}node-label: [tier=edge]\nnode-taint: ["a=b:NoSchedule"]\n` });
    const node = await until(async () => {
      const found = lab.fakeKubernetes.plane.nodes.get('edge-1');
      return found?.ready === 'True' && found;
    });

    expect(node).toMatchObject({
      labels: { tier: 'edge' },
      taints: [{ key: 'a', value: 'b', effect: 'NoSchedule' }],
      roles: ['control-plane', 'etcd'],
      votes: true,
    });
    expect(lab.fakeKubernetes.plane.options).toMatchObject({
      distribution: 'rke2',
      version: VERSION,
      components: ['coredns', 'metrics-server'],
    });
  });

  test.each([
    [
      'an unknown key in its file',
      'tls-sans: [x]\n',
      /Incorrect Usage: flag provided but not defined: -tls-sans/,
    ],
    ['a flag that only K3s has', 'cluster-init: true\n', /flag provided but not defined: -cluster-init/],
    ['a flag of K3s for networks', 'flannel-iface: primary\n', /not defined: -flannel-iface/],
    ['a network that it does not have', 'cni: [weave]\n', /Invalid value weave for --cni flag/],
    [
      'registries that are no map',
      'token: a\n',
      /failed to parse \/etc\/rancher\/rke2\/registries\.yaml/,
      '- a\n',
    ],
    [
      'a CA that is not there',
      'token: a\n',
      /open \/etc\/ca\.crt: no such file/,
      'configs: {"a:5000": {tls: {ca_file: /etc/ca.crt}}}\n',
    ],
    [
      'a mirror that is no URL',
      'token: a\n',
      /invalid endpoint URL/,
      'mirrors: {docker.io: {endpoint: ["a:5000"]}}\n',
    ],
  ])('fails to start with %s', async (_, config, reason, registries = '') => {
    const server = await installed(1, { config });
    if (registries !== '') await server.run('sudo tee /etc/rancher/rke2/registries.yaml', registries);

    const { code } = await server.run('sudo systemctl start rke2-server');

    expect(code).toBe(1);
    expect(await journal(server)).toMatch(reason);
  });

  test('answers to pings and probes at the supervisor, and to nobody without credentials at the API', async () => {
    await lab.close();
    lab = new TestLab({ kubernetes: createLabKubernetes });
    const server = await started(1, { config: FIRST });
    const status = (url: string, more = ''): Promise<string> =>
      server.stdout(`curl -sk -o /dev/null -w '%{http_code}' ${more} ${url}`);
    const credentials = Buffer.from('server:secret').toString('base64');

    const statuses = await Promise.all([
      status('https://127.0.0.1:9345/ping'),
      status('https://127.0.0.1:9345/cacerts'),
      status('https://127.0.0.1:9345/v1-rke2/readyz'),
      status('https://127.0.0.1:9345/v1-rke2/readyz', `-H 'Authorization: Basic ${credentials}'`),
      status('https://127.0.0.1:6443/readyz'),
      status('https://127.0.0.1:6443/cacerts'),
      status('https://127.0.0.1:6443/ping'),
    ]);

    expect(statuses).toEqual(['200', '200', '401', '200', '401', '401', '401']);
  });

  test('has nodes that are not Ready without a network of pods', async () => {
    await started(1, { config: 'token: secret\ncni: none\n' });

    expect(lab.fakeKubernetes.plane.nodes.get('edge-1')?.ready).toBe('False');
  });
});

describe('further machines', () => {
  test('join at the supervisor: servers as learners that are promoted, agents without a role', async () => {
    await started(1, { config: FIRST });
    await started(2, { config: `${JOINING}cni: [canal]\n` });
    await started(3, { role: 'agent', config: JOINING });

    const { nodes } = lab.fakeKubernetes.plane;
    await until(async () => [...nodes.values()].every(({ ready }) => ready === 'True'));
    expect([...nodes.values()].map(({ name, roles, votes }) => [name, roles, votes])).toEqual([
      ['edge-1', ['control-plane', 'etcd'], true],
      ['edge-2', ['control-plane', 'etcd'], true],
      ['edge-3', [], false],
    ]);
  });

  test.each([
    ['the token is wrong', JOINING.replace('secret', 'wrong'), /v1-rke2\/server-bootstrap: 401 Unauthorized/],
    [
      'they ask the API',
      JOINING.replace('9345', '6443'),
      /failed to get CA certs: .*:6443\/cacerts.*401 Unauthorized/,
    ],
    ['they ask where nothing listens', JOINING.replace('9345', '9346'), /connection refused/],
    [
      'they come by a name that the certificate does not have',
      JOINING.replace('10.1.107.101', 'edge.lab.internal'),
      /certificate is valid for .*10\.1\.107\.101.*, not edge\.lab\.internal/,
    ],
    ['they have another network', `${JOINING}cni: [cilium]\n`, /mismatch between servers: cni/],
  ])('are refused when %s', async (_, config, reason) => {
    await started(1, { config: FIRST });
    const second = await installed(2, { config });
    await second.run('echo 10.1.107.101 edge.lab.internal | sudo tee -a /etc/hosts');

    const { code } = await second.run('sudo systemctl start rke2-server');

    expect(code).toBe(1);
    expect(await journal(second)).toMatch(reason);
    expect(lab.fakeKubernetes.plane.nodeNames()).toEqual(['edge-1']);
  });

  test('wait for the first server, and join when that is there', async () => {
    const agent = await installed(2, { role: 'agent', config: JOINING });
    await agent.run('sudo systemctl start --no-block rke2-agent');
    await until(async () => (await journal(agent, 'rke2-agent')).includes('no route to host'));

    await started(1, { config: FIRST });
    await until(async () => lab.fakeKubernetes.plane.nodes.get('edge-2')?.ready === 'True');

    expect(await agent.stdout('systemctl is-active rke2-agent')).toBe('active\n');
  });

  test('are not taken in by another distribution', async () => {
    await started(1, { config: FIRST });
    lab.guests.powerOn(aMachine(2));
    const agent = await lab.login('10.1.107.102');
    await agent.run(
      'curl -sfL https://get.k3s.io | sudo INSTALL_K3S_VERSION=v1.32.0+k3s1 INSTALL_K3S_EXEC=agent INSTALL_K3S_SKIP_START=true sh -',
    );
    await agent.run('sudo install -D -m 600 /dev/stdin /etc/rancher/k3s/config.yaml', JOINING);

    await agent.run('sudo systemctl start --no-block k3s-agent');

    await until(async () => (await journal(agent, 'k3s-agent')).includes('v1-k3s/config: 404 Not Found'));
    expect(lab.fakeKubernetes.plane.nodeNames()).toEqual(['edge-1']);
  });
});
