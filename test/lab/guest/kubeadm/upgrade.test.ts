import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { until } from '../lab.js';
import { VanillaLab } from './vanilla-lab.js';

// Each script is a shell that is started in a guest.

const OLD = 'v1.32.4';
const NEW = 'v1.33.1';

let vanilla: VanillaLab;

beforeEach(async () => {
  vanilla = await VanillaLab.start({ version: OLD });
});

afterEach(() => vanilla.close());

/** By node, once all are Ready. */
async function versions(): Promise<Record<string, string>> {
  const lines = (await vanilla.kubectl('get nodes --no-headers')).stdout.trim().split('\n');
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', status = '', , , version = ''] = line.split(/\s+/);
      return [name, status === 'Ready' ? version : status];
    }),
  );
}

async function sudo(number: number, script: string): Promise<string> {
  const { stdout, stderr } = await vanilla.login(number).run(`sudo sh -c "${script}"`);
  return stdout + stderr;
}

async function configuredVersion(): Promise<string | undefined> {
  const { stdout } = await vanilla.kubectl('-n kube-system get configmap kubeadm-config -o json');
  return /kubernetesVersion: (v[\d.]+)/.exec(stdout)?.[1];
}

test('two servers and a worker come to the next minor version one after the other, and once is enough', async () => {
  await vanilla.boot('CONTROL_PLANE', 'CONTROL_PLANE', 'WORKER');
  for (const number of [1, 2, 3]) await vanilla.up(number);
  await until(async () => Object.values(await versions()).every((version) => version === OLD));

  // The second one first: whichever begins brings the cluster to the version.
  for (const [index, number] of [2, 1, 3].entries()) {
    await vanilla.upgrade(number, NEW);
    await until(async () => (await versions())[`edge-${number}`] === NEW);
    expect(Object.values(await versions()).filter((version) => version === NEW)).toHaveLength(index + 1);
  }

  expect(await configuredVersion()).toBe(NEW);
  for (const number of [1, 2])
    expect(await sudo(number, 'cat /etc/kubernetes/manifests/kube-apiserver.yaml')).toContain(
      `registry.k8s.io/kube-apiserver:${NEW}`,
    );
  for (const number of [1, 2, 3])
    for (const step of vanilla.upgradeSteps(number, NEW))
      expect([step.id, await vanilla.run(number, step)]).toEqual([step.id, false]);
}, 120_000);

test('what was broken off while the cluster was brought to the version goes on with that', async () => {
  await vanilla.boot('CONTROL_PLANE');
  await vanilla.up(1);
  const [kubeadm, , controlPlane] = vanilla.upgradeSteps(1, NEW);
  if (kubeadm === undefined || controlPlane === undefined) throw new Error('a step is missing');
  await vanilla.run(1, kubeadm);
  await sudo(1, `mkdir -p /var/lib/clusterwright; kubeadm upgrade apply ${NEW} --yes`);
  await sudo(1, `echo ${NEW} > /var/lib/clusterwright/kubeadm-upgrade-apply`);

  expect(await vanilla.run(1, controlPlane)).toBe(true);

  expect(await sudo(1, 'ls /var/lib/clusterwright')).not.toContain('kubeadm-upgrade-apply');
  expect(await configuredVersion()).toBe(NEW);
}, 120_000);

test('a worker goes back to the release that it had, and a machine joins a cluster that was upgraded twice', async () => {
  await vanilla.boot('CONTROL_PLANE', 'WORKER');
  for (const number of [1, 2]) await vanilla.up(number);
  await vanilla.upgrade(1, NEW);
  await vanilla.upgrade(2, NEW);
  await until(async () => (await versions())['edge-2'] === NEW);

  await vanilla.upgrade(2, OLD);
  await until(async () => (await versions())['edge-2'] === OLD);

  await vanilla.upgrade(1, 'v1.34.0');
  await until(async () => (await versions())['edge-1'] === 'v1.34.0');
  await vanilla.boot('WORKER');
  await vanilla.up(3);
  await until(async () => (await versions())['edge-3'] === OLD);
}, 120_000);

describe('kubeadm refuses', () => {
  beforeEach(async () => {
    await vanilla.boot('CONTROL_PLANE');
    await vanilla.up(1);
  });

  async function withKubeadm(version: string): Promise<void> {
    const [kubeadm] = vanilla.upgradeSteps(1, version);
    if (kubeadm === undefined) throw new Error('the step is missing');
    await vanilla.run(1, kubeadm);
  }

  test.each([
    [
      'a version that is newer than itself',
      OLD,
      `apply ${NEW} --yes`,
      /higher than the kubeadm minor release/,
    ],
    ['two minor versions at once', 'v1.34.0', 'apply v1.34.0 --yes', /version >= 1\.33\.0\. Current version/],
    ['to go back', NEW, 'apply v1.31.4 --yes', /is too low/],
    ['to go on without a word', NEW, `apply ${NEW}`, /the user didn't answer/],
    ['to apply nothing', NEW, 'apply --yes', /missing one or more required arguments/],
  ])('%s', async (_what, kubeadm, words, reason) => {
    await withKubeadm(kubeadm);

    expect(await sudo(1, `kubeadm upgrade ${words}`)).toMatch(reason);

    expect(await configuredVersion()).toBe(OLD);
  });

  test('while the API does not answer', async () => {
    await withKubeadm(NEW);
    await sudo(1, 'systemctl stop kubelet; crictl stop \\$(crictl ps --quiet)');

    expect(await sudo(1, `kubeadm upgrade apply ${NEW} --yes`)).toMatch(/connection refused/);
    expect(await sudo(1, 'kubeadm upgrade node')).toMatch(/does not answer|connection refused/);

    expect(await sudo(1, 'cat /etc/kubernetes/manifests/kube-apiserver.yaml')).toContain(`:${OLD}`);
  });

  test('nothing, where a kubelet is newer than its API server: its node is not heard of', async () => {
    const [, , , kubelet, restart] = vanilla.upgradeSteps(1, NEW);
    if (kubelet === undefined || restart === undefined) throw new Error('a step is missing');
    await vanilla.run(1, kubelet);
    await vanilla.run(1, restart);

    await until(async () =>
      /is newer than the API server v1\.32\.4/.test(await sudo(1, 'journalctl -u kubelet')),
    );
  });
});
