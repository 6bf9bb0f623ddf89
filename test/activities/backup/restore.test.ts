/** What a restore does on a machine of K3s: the steps and activities themselves, one after the other on one server. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { restorePaths } from '../../../domain/restore/restore-paths.js';
import { k3s } from '../../../platforms/k3s/k3s.js';
import { USER, type Login } from '../../lab/guest/lab.js';
import { aCluster, addressOf, BACKUP, BackupWorld, PLACE } from './backup-world.js';

const PATHS = restorePaths('restore-7');
const DATABASE = '/var/lib/rancher/k3s/server/db';
const CONFIG = 'token: secret\ncluster-init: true\n';

let world: BackupWorld;
let server: Login;
beforeAll(async () => {
  world = await BackupWorld.open();
  server = await world.server(1);
  await namespace('shop');
  const { beginBackup, takeBackup, completeBackup } = world.activities;
  await world.run(beginBackup, { ...PLACE, cluster: 'edge', reason: 'requested' });
  const manifest = await world.run(takeBackup, { ...PLACE, definition: aCluster() });
  await world.run(completeBackup, { backupId: BACKUP.backupId, manifest });
  await namespace('later');
});
afterAll(() => world.close());

const guest = {
  ...{ clusterUid: 'uid-1', machineUuid: '00000000-0000-4000-8000-000000000001' },
  ...{ address: addressOf(1), user: USER },
};
const delivery = { place: PLACE, guest, path: PATHS.snapshot, unless: `${PATHS.folder}/restored` };

async function root(script: string): Promise<string> {
  const { code, stdout, stderr } = await server.run('sudo -n sh -s', `set -eu\n{\n${script}\n} </dev/null\n`);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

async function namespace(name: string): Promise<void> {
  const manifest = `{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "${name}"}}`;
  await root(
    `printf '%s' '${manifest}' > /tmp/${name}.json\nkubectl apply --server-side -f /tmp/${name}.json`,
  );
}

/** As the step is run: its files are there by then. */
async function restoreSnapshot(): Promise<void> {
  const self = {
    name: 'edge-server-1',
    role: 'CONTROL_PLANE',
    address: addressOf(1),
    labels: {},
    taints: [],
  } as const;
  const step = k3s.restore.fromSnapshot(self, { ...PLATFORM, controlPlane: [self], nodes: [self] }, PATHS);
  await root(`printf '%s' '${CONFIG}' > /etc/rancher/k3s/config.yaml\n${step.act ?? ''}`);
  await root(step.verify);
}

const PLATFORM = {
  definition: aCluster(),
  endpoint: { address: addressOf(1), isBalanced: false },
  settings: {} as never,
} as unknown as Parameters<typeof k3s.restore.fromSnapshot>[1];

const compare = () =>
  world.run(world.activities.compareRestored, { place: PLACE, type: 'K3S', guest, node: 'edge-server-1' });

test('a snapshot is brought to a machine whole, and put in place of what is there, once', async () => {
  const { deliverSnapshot, verifyBackup, compareDrilled, lendDrillToken, endDrill } = world.activities;
  const [part] = (await world.run(verifyBackup, PLACE)).parts;
  await root(`mkdir -p ${PATHS.folder}\nprintf half > ${PATHS.snapshot}`);

  await world.run(deliverSnapshot, delivery);

  expect(await root(`sha256sum < ${PATHS.snapshot}`)).toContain(part?.sha256);

  await restoreSnapshot();
  // As a drill looks at it: on the disk, with nothing that serves it.
  const { database } = k3s.restore;
  const drilled = await world.run(compareDrilled, { place: PLACE, guest, database });
  await root('systemctl enable k3s\nsystemctl restart k3s');

  const namespaces = (await root('kubectl get namespaces -o name')).split('\n');
  expect(namespaces).toContain('namespace/shop');
  expect(namespaces).not.toContain('namespace/later');
  expect((await compare()).objects).toBeGreaterThan(10);
  expect(drilled).toEqual(await compare());
  expect(await root(`ls ${PATHS.kept}`)).toContain('cluster-id');

  const cluster = await root(`cat ${DATABASE}/cluster-id`);
  await world.run(deliverSnapshot, delivery);
  await restoreSnapshot();

  expect(await root(`cat ${DATABASE}/cluster-id`)).toBe(cluster);
  expect(await root(`ls ${PATHS.folder}`)).not.toContain('etcd-snapshot');

  // The token that the snapshot is read with is lent to a drill, or put back for a restore.
  const { secrets, backups } = world.store;
  await secrets.put('uid-1', 'join-token', 'a later one');
  await secrets.put('uid-1', 'kubeconfig', 'a later one');
  await backups.drillBegins(BACKUP.backupId);
  await world.run(lendDrillToken, PLACE);
  expect(await secrets.get('uid-1', 'drill-join-token')).toBe('secret');
  expect(await secrets.get('uid-1', 'join-token')).toBe('a later one');
  const outcome = { state: 'passed', ...drilled, detail: null } as const;
  await world.run(endDrill, { place: PLACE, outcome });
  expect(await secrets.get('uid-1', 'drill-join-token')).toBeUndefined();
  expect((await backups.get(BACKUP.backupId))?.drill).toMatchObject({ state: 'passed', ...drilled });

  expect(await world.run(world.activities.restoreSecrets, PLACE)).toEqual({ changed: ['join-token'] });
  expect(await secrets.get('uid-1', 'join-token')).toBe('secret');
  expect(await secrets.get('uid-1', 'kubeconfig')).toBe('a later one');
});
