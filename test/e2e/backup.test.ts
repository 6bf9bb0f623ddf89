/** A cluster of K3s that is backed up over the API, and whose backups outlive it. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { BackupView, VmBackupView } from '../../schema/responses.js';
import { clusterOf, decommission, ended, example, operate, provision, settled } from './clusters.js';
import { LabProcess, waitFor } from './lab-process.js';
import { askProxmox } from './proxmox.js';

const NAME = 'k3s-ha';
const BACKUPS = `/api/v1/clusters/${NAME}/backups`;

interface VmBackupList {
  readonly items: readonly VmBackupView[];
  readonly notSeen: readonly string[];
}

let lab: LabProcess;
beforeAll(async () => {
  lab = await LabProcess.start();
});
afterAll(() => lab.stop());

async function takeBackup(): Promise<BackupView> {
  const id = await operate(lab, { name: NAME, path: '/backups' });
  await ended(lab, NAME, id);
  return (await lab.api<BackupView>(`${BACKUPS}/${id}`)).json;
}

interface BackupTask {
  readonly id: string;
  readonly status: string;
  /** Seconds since the epoch. */
  readonly starttime: number;
  readonly endtime: number;
}

/** As the hosts remember them, in the order in which they began. */
async function backupTasks(): Promise<readonly BackupTask[]> {
  const { data: hosts } = await askProxmox<{ node: string }[]>(lab, 'GET', '/nodes');
  const tasks = await Promise.all(
    (hosts ?? []).map(async ({ node }) => {
      const path = `/nodes/${node}/tasks?typefilter=vzdump&limit=1000`;
      return (await askProxmox<BackupTask[]>(lab, 'GET', path)).data ?? [];
    }),
  );
  return tasks.flat().toSorted((a, b) => a.starttime - b.starttime);
}

const there = ({ id, clusterUid }: BackupView): boolean =>
  existsSync(join(lab.stateDir, 'backups', clusterUid, id, 'manifest.json'));

test('a backup is taken of a READY cluster, which is READY again, and lies at its destination', async () => {
  await provision(lab, example('k3s-three-servers'));
  await settled(lab, NAME);

  const backup = await takeBackup();

  expect(backup).toMatchObject({
    ...{ state: 'complete', failure: null, destination: 'lab', cluster: NAME, type: 'K3S' },
    parts: [{ name: 'etcd-snapshot' }, { name: 'machine-files' }, { name: 'records' }],
  });
  expect(there(backup)).toBe(true);
  expect(await clusterOf(lab, NAME)).toMatchObject({ phase: 'READY', failure: null });
});

test('a backup is restored for a trial in a machine of its own, which is gone afterwards', async () => {
  const before = await lab.control('/world');
  const [backup] = (await lab.api<{ items: BackupView[] }>(BACKUPS)).json.items;
  const address = `${BACKUPS}/${backup?.id ?? ''}`;

  const begun = await lab.api(`${address}/drill`, { method: 'POST' });

  expect({ status: begun.status, text: begun.text }).toEqual({ status: 202, text: begun.text });
  const drill = await waitFor(
    'the drill to be over',
    async () => {
      const { json } = await lab.api<BackupView>(address);
      return json.drill === null || json.drill.state === 'running' ? null : json.drill;
    },
    240_000,
  );
  expect(drill).toMatchObject({ state: 'passed', detail: null, objects: expect.any(Number) });
  expect(drill.objects).toBeGreaterThan(10);
  expect(await lab.control('/world')).toEqual(before);
  expect(await clusterOf(lab, NAME)).toMatchObject({ phase: 'READY', failure: null });
});

test('its VMs are backed up by Proxmox VE, members of etcd one after the other, and each once for a rule of one', async () => {
  const { nodes } = await clusterOf(lab, NAME);
  const servers = nodes.filter(({ role }) => role === 'CONTROL_PLANE').map(({ name }) => name);
  for (let time = 0; time < 2; time += 1) {
    const body = { storage: 'local', mode: 'STOP', keepLast: 1 };
    const id = await operate(lab, { name: NAME, path: '/vm-backups', body });
    expect(await ended(lab, NAME, id)).toMatchObject({ status: 'succeeded' });
  }

  const { items, notSeen } = (await lab.api<VmBackupList>(`/api/v1/clusters/${NAME}/vm-backups`)).json;
  expect(notSeen).toEqual([]);
  expect(items.map(({ machine }) => machine).toSorted()).toEqual(nodes.map(({ name }) => name).toSorted());
  const { proxmox } = await lab.control<{ proxmox: { vms: { name: string; vmid: number }[] } }>('/world');
  const vmids = proxmox.vms.filter(({ name }) => servers.includes(name)).map(({ vmid }) => String(vmid));
  const ofServers = (await backupTasks()).filter(({ id }) => vmids.includes(id));
  expect(ofServers).toHaveLength(2 * servers.length);
  for (const [index, task] of ofServers.entries()) {
    expect(task.status).toBe('OK');
    expect(ofServers[index + 1]?.starttime ?? Infinity).toBeGreaterThanOrEqual(task.endtime);
  }
  expect(await clusterOf(lab, NAME)).toMatchObject({ phase: 'READY', failure: null });
});

test('backups outlive their cluster, and are removed when a person asks', async () => {
  await decommission(lab, NAME);
  const { items } = (await lab.api<{ items: BackupView[] }>(BACKUPS)).json;
  const [backup] = items;
  if (backup === undefined) throw new Error('there is no backup');
  expect(there(backup)).toBe(true);

  expect((await lab.api(`${BACKUPS}/${backup.id}`, { method: 'DELETE' })).status).toBe(202);
  await waitFor(
    'the backup to be gone',
    async () => (await lab.api(`${BACKUPS}/${backup.id}`)).status === 404,
    60_000,
  );

  expect(there(backup)).toBe(false);
});
