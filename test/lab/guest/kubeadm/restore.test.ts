/** What the steps of a restore make of the machines of a cluster that kubeadm made. */
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { fromGateway } from '../../../../activities/backup/gateway-snapshot.js';
import { snapshotSource } from '../../../../domain/backup/snapshot-source.js';
import { restorePaths } from '../../../../domain/restore/restore-paths.js';
import { vanilla as platform } from '../../../../platforms/vanilla/vanilla.js';
import { all, streamOf } from '../../../activities/backup/streams.js';
import { until } from '../lab.js';
import { VanillaLab } from './vanilla-lab.js';

const PATHS = restorePaths('restore-7');
const SOURCE = snapshotSource('VANILLA', '0c0ffee0-0000-4000-8000-000000000001');
const COMPONENTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
const how = platform.restore;

const PKI = '/etc/kubernetes/pki/etcd';
/** Only a quorum agrees to an answer. */
const MEMBERS = [
  `curl -sS --fail --cacert ${PKI}/ca.crt --cert ${PKI}/healthcheck-client.crt`,
  `--key ${PKI}/healthcheck-client.key -X POST -d '{}' https://127.0.0.1:2379/v3/cluster/member/list`,
].join(' ');

let vanilla: VanillaLab;
beforeEach(async () => {
  vanilla = await VanillaLab.start();
});
afterEach(() => vanilla.close());

async function root(number: number, script: string): Promise<string> {
  const { code, stdout, stderr } = await vanilla
    .login(number)
    .run('sudo -n sh -s', `set -eu\n{\n${script}\n} </dev/null\n`);
  if (code !== 0) throw new Error(`${script}: ${stdout}${stderr}`);
  return stdout;
}

async function addNamespace(name: string): Promise<void> {
  const namespace = { apiVersion: 'v1', kind: 'Namespace', metadata: { name } };
  await vanilla.login(1).run(`sudo install -D /dev/stdin /root/${name}.json`, JSON.stringify(namespace));
  await root(1, `kubectl --kubeconfig /etc/kubernetes/admin.conf apply --server-side -f /root/${name}.json`);
}

async function takeSnapshot(): Promise<string> {
  if (SOURCE.kind !== 'shell') throw new Error('it has scripts');
  const stream = fromGateway(streamOf(await root(1, SOURCE.snapshot)));
  return (await all(stream)).toString('base64');
}

async function deliver(number: number, snapshot: string): Promise<void> {
  const save = `mkdir -p ${PATHS.folder} && base64 -d > ${PATHS.snapshot}`;
  const { code, stderr } = await vanilla.login(number).run(`sudo sh -c '${save}'`, snapshot);
  expect([code, stderr]).toEqual([0, '']);
}

const restoreStep = () => how.fromSnapshot(vanilla.machine(1), vanilla.cluster(), PATHS);

async function readyNodes(): Promise<number> {
  const { stdout } = await vanilla.kubectl('get nodes --no-headers');
  return stdout.match(/ Ready /g)?.length ?? 0;
}

async function running(number: number): Promise<string[]> {
  const names = COMPONENTS.map((name) => `${name} $(crictl ps --quiet --name '^${name}$' | wc -l)`);
  const counted = await root(number, `echo "${names.join(' ')}"`);
  return COMPONENTS.filter((name) => new RegExp(`${name} +1`).test(counted));
}

test('three servers and a worker have the state of the snapshot after its steps', async () => {
  await vanilla.boot('CONTROL_PLANE', 'CONTROL_PLANE', 'CONTROL_PLANE', 'WORKER');
  for (const number of [1, 2, 3, 4]) await vanilla.up(number);
  await addNamespace('shop');
  const snapshot = await takeSnapshot();
  await addNamespace('later');

  for (const number of [1, 2, 3]) await vanilla.run(number, how.stop());
  expect(await running(1)).toEqual([]);
  await deliver(1, snapshot);
  await vanilla.run(1, restoreStep());
  expect(await root(1, `test -s ${how.database} && ls ${PATHS.kept}`)).toContain('member');
  await vanilla.join(1);
  for (const number of [2, 3, 4]) {
    await vanilla.run(number, how.rejoin(vanilla.machine(number), PATHS));
    await vanilla.join(number);
  }

  const { stdout: names } = await vanilla.kubectl('get namespaces --no-headers');
  expect(names).toContain('shop');
  expect(names).not.toContain('later');
  await until(async () => (await readyNodes()) === 4);
  for (const number of [1, 2, 3]) expect(await running(number)).toEqual(COMPONENTS);
  expect(await root(2, `ls ${PATHS.kept}`)).toContain('manifests');
  // Each is a member of the new etcd: without the first one the other two go on.
  await vanilla.run(1, how.stop());
  expect(await root(2, MEMBERS)).toMatch(/"edge-1".*"edge-2".*"edge-3"/);
});

test('a new machine has the state of the snapshot, however often a step is repeated', async () => {
  await vanilla.boot('CONTROL_PLANE');
  await vanilla.up(1);
  await addNamespace('shop');
  const snapshot = await takeSnapshot();
  const files = await root(1, 'tar -cf - -C / etc/kubernetes/pki | base64');
  expect(files).not.toBe('');
  await root(1, 'kubeadm reset --force');
  await deliver(1, snapshot);
  // As far as an attempt came that was broken off.
  await root(1, `mkdir -p ${PATHS.folder}/etcd/member/snap /var/lib/etcd/member`);

  expect(await vanilla.run(1, restoreStep())).toBe(true);
  expect(await vanilla.run(1, restoreStep())).toBe(false);
  await vanilla.join(1);

  expect((await vanilla.kubectl('get namespaces --no-headers')).stdout).toContain('shop');
  await until(async () => (await readyNodes()) === 1);
});

test('a snapshot that is not whole is not restored, and what was there is kept', async () => {
  await vanilla.boot('CONTROL_PLANE');
  await vanilla.up(1);
  const snapshot = Buffer.from(await takeSnapshot(), 'base64');
  await vanilla.run(1, how.stop());
  await deliver(1, snapshot.subarray(0, -1).toString('base64'));

  await expect(vanilla.run(1, restoreStep())).rejects.toThrow(/expected sha256/);

  expect(await root(1, `ls ${PATHS.kept}/member`)).toContain('cluster-id');
});

test('the control plane goes on when the kubelet stops, and what is stopped comes back while it runs', async () => {
  await vanilla.boot('CONTROL_PLANE');
  await vanilla.up(1);

  await root(1, 'crictl stop $(crictl ps --quiet)');
  await until(async () => (await running(1)).length === COMPONENTS.length);
  await root(1, 'systemctl stop kubelet');

  expect(await running(1)).toEqual(COMPONENTS);
  expect((await vanilla.kubectl('get --raw=/readyz')).code).toBe(0);
  await root(1, 'crictl stop $(crictl ps --quiet)');
  expect(await running(1)).toEqual([]);
  expect((await vanilla.kubectl('get --raw=/readyz')).code).not.toBe(0);
});
