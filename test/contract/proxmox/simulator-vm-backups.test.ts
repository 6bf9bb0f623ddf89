/** How VMs of ours are backed up by Proxmox VE: once, whatever becomes of answers, and whose each backup is. */
import { randomUUID } from 'node:crypto';
import { describe, expect, test } from '@jest/globals';
import type { VmBackup } from '../../../domain/vm-backup/vm-backup.js';
import { aFaultySimulator, until } from './faulty-simulator.js';
import { attempt, perform, type ReservedMachine } from './workshop.js';

const sim = aFaultySimulator();

const VZDUMP = '^POST /nodes/hv5/vzdump$';
const STORAGE = 'local';

async function configured(): Promise<ReservedMachine> {
  const reserved = await sim.current.shop.machine({});
  await sim.current.configured(reserved);
  return reserved;
}

const backUp = ({ identity }: ReservedMachine, backupId: string, storage = STORAGE): Promise<VmBackup> =>
  sim.current.shop.activities.backUpVm({ identity, backupId, storage, mode: 'SNAPSHOT' });

const list = async (): Promise<readonly VmBackup[]> => {
  const { activities, clusterUid } = sim.current.shop;
  return (await perform(() => activities.listVmBackups({ clusterUid, storage: null }))).items;
};

const tasks = (): Promise<string[]> => sim.current.tasksOf('vzdump');

describe('a VM that is backed up', () => {
  test('has a backup that says whose it is, and is made once', async () => {
    const reserved = await configured();
    const backupId = randomUUID();

    const made = await perform(() => backUp(reserved, backupId));
    const again = await perform(() => backUp(reserved, backupId));

    const { clusterUid, uuid, name, vmid } = reserved.identity;
    expect(made).toMatchObject({ clusterUid, machineUuid: uuid, machine: name, backupId, host: 'hv5' });
    expect(made.volume).toMatch(new RegExp(`^local:backup/vzdump-qemu-${vmid}-.*\\.vma\\.zst$`));
    expect(again).toEqual(made);
    expect(await tasks()).toHaveLength(1);
    expect(await list()).toEqual([made]);
  });

  test('is backed up once when the answer is lost', async () => {
    const reserved = await configured();
    sim.current.fault('after', VZDUMP, { kind: 'drop' });

    await perform(() => backUp(reserved, randomUUID()));

    expect(await tasks()).toHaveLength(1);
    expect(await list()).toHaveLength(1);
  });

  test('is waited for by whoever finds its backup under way', async () => {
    const reserved = await configured();
    const backupId = randomUUID();
    sim.current.latency.hold('proxmox.backup');
    const first = perform(() => backUp(reserved, backupId));
    await until(async () => (await tasks()).length === 1);
    const { identity } = reserved;
    const { others } = sim.current.shop;
    const second = perform(() => others.backUpVm({ identity, backupId, storage: STORAGE, mode: 'SNAPSHOT' }));

    sim.current.latency.release('proxmox.backup');

    expect(await second).toEqual(await first);
    expect(await tasks()).toHaveLength(1);
  });

  test('is not when the task fails, and the error says why in the words of its log', async () => {
    const reserved = await configured();
    sim.current.fault('before', VZDUMP, { kind: 'task-error', message: 'no space left on device' });

    await expect(attempt(() => backUp(reserved, randomUUID()))).rejects.toMatchObject({
      code: 'VM_BACKUP_FAILED',
      message: `VM ${reserved.identity.vmid}: no space left on device`,
    });
    expect(await list()).toEqual([]);
  });

  test('is not when another one of its host does not end in time, and is later', async () => {
    const reserved = await configured();
    const words = "can't acquire lock '/var/run/vzdump.lock' - got timeout";
    sim.current.fault('before', VZDUMP, { kind: 'task-error', message: words });

    await perform(() => backUp(reserved, randomUUID()));

    expect(await list()).toHaveLength(1);
  });

  test('is not touched when a crashed backup has left its lock', async () => {
    const reserved = await configured();
    sim.current.fault('before', VZDUMP, { kind: 'task-crash', when: 'underway' });

    await expect(perform(() => backUp(reserved, randomUUID()))).rejects.toMatchObject({
      code: 'VM_LOCKED',
      message: expect.stringContaining(`qm unlock ${reserved.identity.vmid}`),
    });
    expect(await tasks()).toHaveLength(1);
  });

  test('is not touched for a storage that takes no backups: those that do are named', async () => {
    const reserved = await configured();

    await expect(attempt(() => backUp(reserved, randomUUID(), 'local-zfs'))).rejects.toMatchObject({
      code: 'VM_BACKUP_STORAGE_UNFIT',
      message: '"local-zfs" takes no backups on hv5; those that do: local',
    });
    expect(await tasks()).toEqual([]);
  });
});

describe('a backup that nobody waits for any more', () => {
  test('is stopped, and the VM is as it was', async () => {
    const reserved = await configured();
    const { identity } = reserved;
    sim.current.latency.hold('proxmox.backup');
    const waiting = attempt(() => backUp(reserved, randomUUID())).catch((error: unknown) => error);
    await until(async () => (await tasks()).length === 1);

    const ended = await perform(() => sim.current.shop.activities.endVmBackup({ identity }));

    expect(ended).toEqual({ stopped: 1 });
    expect(await waiting).toMatchObject({ code: 'VM_BACKUP_FAILED' });
    expect(await list()).toEqual([]);
    const { client } = sim.current.shop;
    expect(await client.vmConfig({ host: 'hv5', vmid: identity.vmid })).not.toHaveProperty('lock');
  });

  test('may be over already', async () => {
    const { identity } = await configured();

    expect(await perform(() => sim.current.shop.activities.endVmBackup({ identity }))).toEqual({
      stopped: 0,
    });
  });
});

describe('a backup that is removed', () => {
  const remove = (backup: VmBackup) => attempt(() => sim.current.shop.activities.removeVmBackup({ backup }));

  test('is gone, also when it is removed again', async () => {
    const reserved = await configured();
    const made = await perform(() => backUp(reserved, randomUUID()));

    expect(await remove(made)).toEqual({ removed: true });
    expect(await remove(made)).toEqual({ removed: false });
    expect(await list()).toEqual([]);
  });

  test('stays when it was made by somebody else, or is another one of ours', async () => {
    const { identity } = await configured();
    const { client } = sim.current.shop;
    const address = { host: 'hv5', vmid: identity.vmid };
    const notes = 'before the upgrade';
    await sim.current.settled(await client.backUpVm(address, { storage: STORAGE, mode: 'snapshot', notes }));
    const [theirs] = await client.volumes({ host: 'hv5', storage: STORAGE, content: 'backup' });
    const claimed: VmBackup = {
      ...{ clusterUid: identity.clusterUid, machineUuid: identity.uuid, backupId: randomUUID() },
      ...{ machine: identity.name, volume: theirs?.volid ?? '', host: 'hv5' },
      ...{ takenAt: '2026-01-31T02:00:00.000Z', sizeBytes: 1, isProtected: false },
    };

    await expect(remove(claimed)).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });

    expect(await client.volumes({ host: 'hv5', storage: STORAGE, content: 'backup' })).toHaveLength(1);
    expect(await list()).toEqual([]);
  });
});
