import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from '@jest/globals';
import { seedImage } from '../../../activities/cloud-init/seed-image.js';
import { createLabKubernetes } from '../../../lab/kubernetes/lab-kubernetes.js';
import { aMachine, aSeed, TestLab, until, USER, USER_KEY, type TestLabOptions } from './lab.js';

const labs: TestLab[] = [];
const folders: string[] = [];

afterEach(async () => {
  for (const lab of labs.splice(0)) await lab.close();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function aLab(options: TestLabOptions = {}): TestLab {
  const lab = new TestLab(options);
  labs.push(lab);
  return lab;
}

function aFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'lab-'));
  folders.push(folder);
  return folder;
}

describe('a machine that is switched on', () => {
  test('comes up as its seed says, and lets its user in', async () => {
    const lab = aLab();
    const seed = seedImage({
      userData: {
        hostname: 'edge-1',
        fqdn: 'edge-1.lab.internal',
        user: USER,
        sshAuthorizedKeys: [USER_KEY.public],
        packages: ['jq'],
        runCmd: ['echo "$GREETING" > /root/greeting', 'echo second >> /root/greeting'],
        environment: { GREETING: "it's first" },
      },
      metaData: { instanceId: 'one', hostname: 'edge-1' },
      networkConfig: {
        mac: 'BC:24:11:00:00:01',
        address: '10.1.107.101',
        prefixLength: 24,
        gateway: '10.1.107.1',
        nameservers: ['10.1.107.1'],
        domain: 'lab.internal',
        mtu: 1_400,
      },
    });

    lab.guests.powerOn(aMachine(1, { media: [seed] }));
    const login = await lab.login('10.1.107.101');
    const status = await login.run('cloud-init status --wait');

    expect(status).toEqual({ code: 0, stdout: 'status: done\n', stderr: '' });
    expect(await login.stdout('hostname; hostname -f; hostname -I')).toBe(
      'edge-1\nedge-1.lab.internal\n10.1.107.101 \n',
    );
    expect(await login.stdout('sudo cat /root/greeting')).toBe("it's first\nsecond\n");
    expect(await login.stdout(`echo '{"a": 1}' | jq .a`)).toBe('1\n');
    expect(await login.stdout('ip route')).toMatch(/^default via 10\.1\.107\.1 dev \S+ proto static\n$/);
  });

  test('lets its user in while its first boot is still going on', async () => {
    const lab = aLab();
    // It waits for its own end.
    const config = 'runcmd: ["cloud-init status --wait"]\n';

    lab.guests.powerOn(aMachine(1, { media: [aSeed(1, { config })] }));
    const login = await lab.login('10.1.107.101');
    const report = await until(async () => {
      const { stdout } = await login.run('cloud-init status --format json');
      const { status, stage } = JSON.parse(stdout) as { status: string; stage: string };
      return stage === 'modules-final' && { status, stage };
    });

    expect(report).toEqual({ status: 'running', stage: 'modules-final' });
  });

  test('answers nowhere without a seed', async () => {
    const lab = aLab();

    lab.guests.powerOn(aMachine(1, { media: [] }));
    const [machine] = await until(async () => {
      const { machines } = lab.guests.inspect();
      return machines[0]?.state === 'running' && machines;
    });

    expect(machine).toMatchObject({ addresses: [], cloudInit: { status: 'disabled' } });
    await expect(lab.dial('10.1.107.101')).rejects.toThrow(/HostUnreachable/);
  });

  test('answers nowhere when the network configuration is for another MAC address', async () => {
    const lab = aLab();

    lab.guests.powerOn(
      aMachine(1, { interfaces: [{ mac: 'BC:24:11:FF:FF:FF', bridge: 'vmbr0', vlan: null }] }),
    );
    await until(async () => lab.guests.inspect().machines[0]?.state === 'running');

    expect(lab.guests.inspect().machines[0]?.addresses).toEqual([]);
  });

  test('does not take an address from the machine that has it', async () => {
    const lab = aLab();
    lab.guests.powerOn(aMachine(1));
    const first = await lab.login('10.1.107.101');
    const twin = aSeed(2, {
      networkConfig:
        "version: 2\nethernets:\n  p:\n    match: {macaddress: 'bc:24:11:00:00:02'}\n    addresses: [10.1.107.101/24]\n",
    });

    lab.guests.powerOn(aMachine(2, { media: [twin] }));
    await until(async () => lab.guests.inspect().addressConflicts.length > 0);
    const again = await lab.tryLogin('10.1.107.101');

    expect(again.hostKey).toBe(first.hostKey);
    expect(lab.guests.inspect().addressConflicts).toEqual([
      { address: '10.1.107.101', holder: 'edge-1', refused: 'edge-2' },
    ]);
  });

  test('keeps its files, its host key and its address across a power cut, without the medium', async () => {
    const lab = aLab();
    lab.guests.powerOn(aMachine(1));
    const before = await lab.login('10.1.107.101');
    await before.run('cloud-init status --wait; echo kept > ~/kept; echo gone > /tmp/gone');

    lab.guests.powerOff(101);
    lab.guests.powerOn(aMachine(1, { media: [] }));
    const after = await lab.login('10.1.107.101');

    expect(after.hostKey).toBe(before.hostKey);
    expect(await after.run('cat ~/kept; ls /tmp; cloud-init status')).toEqual({
      code: 0,
      stdout: 'kept\nstatus: disabled\n',
      stderr: '',
    });
  });

  test('runs its first boot once an instance, and anew for another instance', async () => {
    const lab = aLab();
    const config = 'runcmd: ["echo ran >> /root/runs"]\n';
    const boot = async (instanceId: string) => {
      lab.guests.powerOn(aMachine(1, { media: [aSeed(1, { config, instanceId })] }));
      const login = await lab.login('10.1.107.101');
      await login.run('cloud-init status --wait');
      const runs = await login.stdout('sudo cat /root/runs');
      lab.guests.powerOff(101);
      return { runs, hostKey: login.hostKey };
    };

    const [first, same, other] = [await boot('one'), await boot('one'), await boot('two')];

    expect([first.runs, same.runs, other.runs]).toEqual(['ran\n', 'ran\n', 'ran\nran\n']);
    expect(same.hostKey).toBe(first.hostKey);
    expect(other.hostKey).not.toBe(first.hostKey);
  });

  test('is an empty machine on another disk', async () => {
    const lab = aLab();
    lab.guests.powerOn(aMachine(1));
    const before = await lab.login('10.1.107.101');
    await before.run('echo kept > ~/kept');
    lab.guests.powerOff(101);
    lab.guests.diskRemoved('vm-101-disk-0');

    lab.guests.powerOn(aMachine(1));
    const after = await lab.login('10.1.107.101');

    expect((await after.run('cat ~/kept')).code).toBe(1);
  });

  test.each([
    ['a key that cloud-init does not know', 'run_cmd: [true]\n', 2, /'run_cmd' was unexpected/],
    ['a value of the wrong type', 'runcmd: "echo"\n', 2, /runcmd: "echo" is not of type 'array'/],
    ['a package that does not exist', 'packages: [jq, no-such-thing]\n', 1, /no-such-thing/],
    ['a command that fails', 'runcmd: ["false"]\n', 1, /runcmd/],
  ])('reports %s', async (_, config, code, reason) => {
    const lab = aLab();

    lab.guests.powerOn(aMachine(1, { media: [aSeed(1, { config })] }));
    const login = await lab.login('10.1.107.101');
    const status = await login.run('cloud-init status --wait --long');

    expect(status.code).toBe(code);
    expect(status.stdout).toMatch(reason);
    expect(status.stdout).toMatch(
      code === 2 ? /^status: done\nextended_status: degraded done/ : /^status: error/,
    );
  });

  test('keeps everything when the lab itself is restarted', async () => {
    const directory = aFolder();
    const first = aLab({ directory });
    first.guests.powerOn(aMachine(1));
    const before = await first.login('10.1.107.101');
    await before.run('echo kept > ~/kept; sudo systemctl disable ssh; sudo systemctl enable ssh');
    await first.close();

    const second = aLab({ directory });
    second.guests.powerOn(aMachine(1));
    const after = await second.login('10.1.107.101');

    expect(after.hostKey).toBe(before.hostKey);
    expect(await after.stdout('cat ~/kept')).toBe('kept\n');
  });

  test('goes down and comes up again by itself, and says when it stays down', async () => {
    const lab = aLab();
    const halted: number[] = [];
    lab.guests.onHalted((vmid) => halted.push(vmid));
    lab.guests.powerOn(aMachine(1));
    const before = await lab.login('10.1.107.101');
    const isGone = once(before.client, 'close');

    await before.run('sudo reboot');
    await isGone;
    const after = await lab.login('10.1.107.101');
    await after.run('sudo poweroff');
    await until(async () => halted.length > 0);

    expect(halted).toEqual([101]);
    expect(lab.guests.inspect().machines).toEqual([]);
  });
});

describe('K3s on machines', () => {
  test('is installed by its own installer, forms a cluster, takes an agent in and survives a reboot', async () => {
    const lab = aLab({ kubernetes: createLabKubernetes });
    lab.guests.powerOn(aMachine(1));
    lab.guests.powerOn(aMachine(2));
    const [server, agent] = [await lab.login('10.1.107.101'), await lab.login('10.1.107.102')];
    await server.run('cloud-init status --wait');

    const installed = await server.run(
      'curl -sfL https://get.k3s.io | sudo INSTALL_K3S_VERSION=v1.32.0+k3s1 K3S_TOKEN=secret sh -',
    );
    const joined = await agent.run(
      'curl -sfL https://get.k3s.io | sudo INSTALL_K3S_VERSION=v1.32.0+k3s1 K3S_URL=https://10.1.107.101:6443 K3S_TOKEN=secret sh -',
    );
    const nodes = await until(async () => {
      const { stdout } = await server.run('sudo k3s kubectl get nodes --no-headers');
      return (stdout.match(/ Ready /g) ?? []).length === 2 && stdout;
    });

    expect(installed.code).toBe(0);
    expect(joined.code).toBe(0);
    expect(nodes).toMatch(
      /^edge-1\s+Ready\s+control-plane\s+\d+s\s+v1\.32\.0\+k3s1\nedge-2\s+Ready\s+<none>/,
    );
    expect(await server.stdout('/usr/local/bin/k3s --version')).toMatch(/^k3s version v1\.32\.0\+k3s1 \(/);
    expect(await server.stdout('curl -sk https://127.0.0.1:6443/ping')).toBe('pong');
    expect((await server.run('curl -s https://127.0.0.1:6443/ping')).code).toBe(60);

    const isGone = once(server.client, 'close');
    await server.run('sudo reboot');
    await isGone;
    const again = await lab.login('10.1.107.101');
    await until(async () => (await again.run('sudo k3s kubectl get --raw /readyz')).stdout === 'ok');

    expect(await again.stdout('systemctl is-active k3s; systemctl is-enabled k3s')).toBe('active\nenabled\n');
  });
});
