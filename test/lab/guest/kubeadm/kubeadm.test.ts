import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Login } from '../lab.js';
import { VanillaLab } from './vanilla-lab.js';

// Each script is a shell that is started in a guest.

let vanilla: VanillaLab;
let login: Login;

beforeEach(async () => {
  vanilla = await VanillaLab.start();
  await vanilla.boot('CONTROL_PLANE');
  login = vanilla.login(1);
});

afterEach(() => vanilla.close());

/** @returns what `kubeadm WORDS --config` says of a configuration. */
async function kubeadm(words: string, configuration: string): Promise<string> {
  await login.run('sudo install -D -m 600 /dev/stdin /root/kubeadm.yaml', configuration);
  const { stdout, stderr } = await login.run(`sudo kubeadm ${words} --config /root/kubeadm.yaml`);
  return stdout + stderr;
}

const INIT = 'apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n';

test('kubeadm says all that is wrong with a machine at once', async () => {
  await vanilla.prepare(1);
  await login.run(
    'sudo sh -c "systemctl stop containerd; sysctl -w net.ipv4.ip_forward=0; echo /swap.img >> /proc/swaps"',
  );
  await login.run('sudo install -D /dev/stdin /etc/kubernetes/manifests/etcd.yaml', 'left');

  const said = await kubeadm('init', INIT);

  expect([...said.matchAll(/\[ERROR (\S+)\]/g)].map(([, name]) => name)).toEqual([
    'Swap',
    'CRI',
    'FileContent--proc-sys-net-ipv4-ip_forward',
    'FileAvailable--etc-kubernetes-manifests-etcd.yaml',
  ]);
});

describe('kubeadm refuses a configuration', () => {
  test.each([
    [
      'with a field that there is not',
      `${INIT}certifcateKey: x\n`,
      /strict decoding error: unknown field "certifcateKey"/,
    ],
    [
      'with arguments of the older format',
      `${INIT}nodeRegistration:\n  kubeletExtraArgs:\n    node-ip: 10.1.107.101\n`,
      /cannot unmarshal object into Go struct field kubeletExtraArgs of type \[\]v1beta4\.Arg/,
    ],
    [
      'of a kind that there is not',
      'apiVersion: kubeadm.k8s.io/v1beta4\nkind: Init\n',
      /no kind "Init" is registered/,
    ],
  ])('%s', async (_, configuration, reason) => {
    await vanilla.prepare(1);

    expect(await kubeadm('config validate', configuration)).toMatch(reason);
    expect(await kubeadm('config validate', INIT)).toBe('ok\n');
  });
});

test('a release that does not know the newer format refuses it', async () => {
  await vanilla.close();
  vanilla = await VanillaLab.start({ version: 'v1.30.9' });
  await vanilla.boot('CONTROL_PLANE');
  login = vanilla.login(1);
  await vanilla.prepare(1);

  expect(await kubeadm('config validate', INIT)).toMatch(
    /no kind "InitConfiguration" is registered for version "kubeadm\.k8s\.io\/v1beta4"/,
  );
  await vanilla.join(1);
  expect((await vanilla.kubectl('get nodes')).stdout).toContain('v1.30.9');
});

describe('the package repository', () => {
  test('is not read without its key', async () => {
    const source =
      'deb [signed-by=/etc/apt/keyrings/none.asc] https://pkgs.k8s.io/core:/stable:/v1.32/deb/ /\n';
    await login.run('sudo install -D /dev/stdin /etc/apt/sources.list.d/kubernetes.list', source);

    const { code, stderr } = await login.run('sudo apt-get update');

    expect(code).toBe(100);
    expect(stderr).toMatch(/InRelease' is not signed/);
    expect((await login.run('sudo apt-get install -y kubeadm')).stderr).toMatch(
      /Unable to locate package kubeadm/,
    );
  });

  test('gives the very release that is asked for, which is then held', async () => {
    await vanilla.prepare(1);

    expect(await login.stdout('kubeadm version -o short')).toBe('v1.32.4\n');
    expect(await login.stdout('apt-mark showhold')).toBe('kubelet\nkubeadm\nkubectl\n');
    expect((await login.run('sudo apt-get install -y kubelet=1.32.5-1.1')).stderr).toMatch(
      /Held packages were changed/,
    );
    expect((await login.run("sudo apt-get install -y 'kubelet=1.33.0-*'")).stderr).toMatch(
      /Version '1\.33\.0-\*' for 'kubelet' was not found/,
    );
  });
});

test('swap is switched off for good', async () => {
  await login.run(
    `sudo sh -c "echo '/swap.img none swap sw 0 0' >> /etc/fstab; echo /swap.img >> /proc/swaps"`,
  );
  const step = vanilla.prepareSteps(1).find(({ id }) => id === 'disable-swap');
  if (step === undefined) throw new Error('there is no such step');

  expect(await vanilla.run(1, step)).toBe(true);
  expect(await vanilla.run(1, step)).toBe(false);

  expect(await login.stdout('grep swap /etc/fstab')).toBe('# /swap.img none swap sw 0 0\n');
});
