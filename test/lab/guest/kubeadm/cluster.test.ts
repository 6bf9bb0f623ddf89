import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { calicoManifest } from '../../../../lab/guest/kubeadm/calico-manifest.js';
import { aMachine, until } from '../lab.js';
import { VanillaLab } from './vanilla-lab.js';

// Each script is a shell that is started in a guest.

let vanilla: VanillaLab;

beforeEach(async () => {
  vanilla = await VanillaLab.start();
});

afterEach(() => vanilla.close());

test('three control-plane machines and a worker become a cluster, and a second run changes nothing', async () => {
  await vanilla.boot('CONTROL_PLANE', 'CONTROL_PLANE', 'CONTROL_PLANE', 'WORKER');

  for (const number of [1, 2, 3, 4]) await vanilla.up(number);

  await until(async () => {
    const { stdout } = await vanilla.kubectl('get nodes --no-headers');
    return stdout.match(/ Ready /g)?.length === 4;
  });
  const { stdout } = await vanilla.kubectl('get nodes -l node-role.kubernetes.io/control-plane -o name');
  expect(stdout).toBe('node/edge-1\nnode/edge-2\nnode/edge-3\n');

  for (const number of [1, 2, 3, 4]) {
    const steps = [...vanilla.prepareSteps(number), ...vanilla.joinSteps(number)];
    const repeated = steps.filter(({ on }) => on === undefined);
    for (const step of repeated) expect([step.id, await vanilla.run(number, step)]).toEqual([step.id, false]);
  }
});

test('a node is not Ready before there is a network for its pods', async () => {
  await vanilla.boot('CONTROL_PLANE');
  await vanilla.prepare(1);
  const [form, network] = vanilla.joinSteps(1);
  if (form === undefined || network === undefined) throw new Error('a step is missing');

  await vanilla.run(1, form);
  expect((await vanilla.kubectl('get nodes --no-headers')).stdout).toContain(' NotReady ');

  await vanilla.run(1, network);
  expect((await vanilla.kubectl('get nodes --no-headers')).stdout).toContain(' Ready ');
});

test('the certificate of the API is for the address of its machine, and not for the loopback', async () => {
  await vanilla.boot('CONTROL_PLANE');
  await vanilla.prepare(1);
  const [form] = vanilla.joinSteps(1);
  if (form === undefined) throw new Error('a step is missing');
  await vanilla.run(1, form);

  const asked = (host: string): Promise<{ readonly code: number | null }> =>
    vanilla.login(1).run(`curl -s --cacert /etc/kubernetes/pki/ca.crt https://${host}:6443/readyz`);

  expect((await asked('10.1.107.101')).code).toBe(0);
  expect((await asked('127.0.0.1')).code).toBe(60);
});

test('a machine that was switched off comes back as what it was', async () => {
  await vanilla.boot('CONTROL_PLANE');
  await vanilla.up(1);
  const { stdout: before } = await vanilla.kubectl('get nodes -o json');

  vanilla.lab.guests.powerOff(101);
  vanilla.lab.guests.powerOn(aMachine(1, { media: [] }));
  await vanilla.relogin(1);

  await until(async () => (await vanilla.kubectl('get --raw=/readyz')).code === 0);
  const { stdout: after } = await vanilla.kubectl('get nodes -o json');
  expect(uidOf(after)).toBe(uidOf(before));
  expect(await vanilla.login(1).stdout('cat /proc/sys/net/bridge/bridge-nf-call-iptables')).toBe('1\n');
});

test('what was begun is finished and keeps its data; a second cluster is never formed', async () => {
  await vanilla.boot('CONTROL_PLANE', 'CONTROL_PLANE');
  await vanilla.up(1);
  const { stdout: before } = await vanilla.kubectl('get nodes -o json');
  const [form] = vanilla.joinSteps(1);
  if (form === undefined) throw new Error('the step is missing');

  await vanilla.login(1).run('sudo rm /etc/kubernetes/admin.conf; sudo systemctl stop kubelet');
  expect(await vanilla.run(1, form)).toBe(true);

  const { stdout: after } = await vanilla.kubectl('get nodes -o json');
  expect(uidOf(after)).toBe(uidOf(before));

  await vanilla.prepare(2);
  await expect(vanilla.run(2, vanilla.formStepOf(2))).rejects.toThrow(/a second one is not formed/);
});

test('Calico is taken from a manifest with the right checksum, and from no other', async () => {
  const url = 'https://raw.githubusercontent.com/projectcalico/calico/v3.31.7/manifests/calico.yaml';
  const text = calicoManifest(new URL(url).pathname) ?? '';
  const sha256 = createHash('sha256').update(text).digest('hex');
  for (const [checksum, outcome] of [
    ['a'.repeat(64), 'refused'],
    [sha256, 'Ready'],
  ] as const) {
    await vanilla.close();
    vanilla = await VanillaLab.start({ calicoManifest: { url, sha256: checksum } });
    await vanilla.boot('CONTROL_PLANE');
    await vanilla.prepare(1);
    if (outcome === 'refused') await expect(vanilla.join(1)).rejects.toThrow(/did NOT match/);
    else await vanilla.join(1);
  }

  const { stdout } = await vanilla.kubectl('get pods -n kube-system -o name');
  expect(stdout).toMatch(/pod\/calico-node-/);
});

function uidOf(nodes: string): string | undefined {
  return (JSON.parse(nodes) as { items: { metadata: { uid: string } }[] }).items[0]?.metadata.uid;
}
