import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { GuestStep } from '../../../../domain/guest-step.js';
import { until } from '../lab.js';
import { VanillaLab } from './vanilla-lab.js';

// Each script is a shell that is started in a guest.

const CONFIGURATION = '/etc/clusterwright/kubeadm.yaml';

let vanilla: VanillaLab;

beforeEach(async () => {
  vanilla = await VanillaLab.start();
  await vanilla.boot('CONTROL_PLANE');
  await vanilla.up(1);
});

afterEach(() => vanilla.close());

/** Without the step that lets the machine in. */
function joinStep(number: number): GuestStep {
  const step = vanilla.joinSteps(number).find(({ on }) => on === undefined);
  if (step === undefined) throw new Error('there is no such step');
  return step;
}

/** As if a day had passed. */
async function expireToken(): Promise<void> {
  const short = `sed 's/24h0m0s/1ms/' ${CONFIGURATION} > /root/short.yaml`;
  const renew = 'kubeadm init phase bootstrap-token --config /root/short.yaml --skip-token-print';
  const { code, stderr } = await vanilla
    .login(1)
    .run(`sudo sh -c '${short.replaceAll("'", `'\\''`)}; ${renew}'`);
  expect([code, stderr]).toEqual([0, '']);
}

test('a worker whose token has expired is refused, and joins when it is let in anew', async () => {
  await vanilla.boot('WORKER');
  await vanilla.prepare(2);
  await expireToken();

  await expect(vanilla.run(2, joinStep(2))).rejects.toThrow(
    /could not find a JWS signature .* token ID "abcdef"/,
  );

  await vanilla.join(2);
  await until(
    async () => (await vanilla.kubectl('get nodes --no-headers')).stdout.match(/ Ready /g)?.length === 2,
  );
});

test('a machine does not join a cluster of another authority', async () => {
  await vanilla.boot('WORKER');
  await vanilla.prepare(2);
  vanilla.secrets.set('ca.sha256', 'b'.repeat(64));

  await expect(vanilla.join(2)).rejects.toThrow(/none of the public keys "sha256:[0-9a-f]{64}" are pinned/);
});

test('keys of the authorities are there for whoever has the certificate key, and not for ever', async () => {
  await vanilla.boot('CONTROL_PLANE');
  await vanilla.prepare(2);
  await expect(vanilla.run(2, joinStep(2))).rejects.toThrow(
    /Secret "kubeadm-certs" was not found .* might have expired/,
  );

  const [admit] = vanilla.joinSteps(2);
  if (admit === undefined) throw new Error('there is no such step');
  await vanilla.run(2, admit);
  const right = vanilla.secrets.get('certificate-key') ?? '';
  vanilla.secrets.set('certificate-key', '0'.repeat(64));
  await expect(vanilla.run(2, joinStep(2))).rejects.toThrow(/message authentication failed/);

  vanilla.secrets.set('certificate-key', right);
  await vanilla.join(2);
  const keys = await Promise.all(
    [1, 2].map((number) => vanilla.login(number).stdout('sudo sha256sum /etc/kubernetes/pki/ca.key')),
  );
  expect(keys[1]).toBe(keys[0]);

  // What has a certificate of the cluster is never reset, but carried on with.
  await vanilla.login(2).run('sudo rm /etc/kubernetes/manifests/etcd.yaml');
  expect(await vanilla.run(2, joinStep(2))).toBe(true);
  expect(await vanilla.login(2).stdout('sudo sha256sum /etc/kubernetes/pki/ca.key')).toBe(keys[0]);
});

test('a join that broke off is cleared away and begun anew', async () => {
  await vanilla.boot('WORKER');
  await vanilla.prepare(2);
  const login = vanilla.login(2);
  await login.run('sudo install -D /dev/stdin /etc/kubernetes/bootstrap-kubelet.conf', 'half of it');
  await login.run('sudo install -D /dev/stdin /etc/kubernetes/pki/ca.crt', 'half of it');

  await vanilla.join(2);

  expect(await login.stdout('sudo cat /etc/kubernetes/pki/ca.crt')).toBe(vanilla.secrets.get('ca.crt'));
});

test('nobody joins under the name of a node that is Ready', async () => {
  await vanilla.boot('WORKER', 'WORKER');
  await vanilla.up(2);
  await vanilla.prepare(3);
  await until(
    async () => (await vanilla.kubectl('get nodes --no-headers')).stdout.match(/ Ready /g)?.length === 2,
  );
  const step = joinStep(3);
  const files = step.files.map((file) => ({ ...file, content: file.content.replaceAll('edge-3', 'edge-2') }));

  await expect(vanilla.run(3, { ...step, files })).rejects.toThrow(
    /a Node with name "edge-2" and status "Ready" already exists/,
  );
});
