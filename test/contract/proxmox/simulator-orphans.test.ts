import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ProxmoxDependencies } from '../../../activities/proxmox/dependencies.js';
import { OWNER_TAG, ownershipMark } from '../../../domain/machine.js';
import type { Orphan, OrphanReport } from '../../../domain/orphans.js';
import type { Phase } from '../../../domain/phase.js';
import type { FaultEffect } from '../../../lab/faults.js';
import type { OrphanRecords } from '../../../store/orphan-port.js';
import { aCluster } from '../../store/store-builder.js';
import { aFaultySimulator, SHARED, type KeptVm } from './faulty-simulator.js';
import { perform, type ReservedMachine } from './workshop.js';

const DROP: FaultEffect = { kind: 'drop' };
const NO_ROUTE: FaultEffect = { kind: 'status', status: 595, message: 'No route to host' };
const DESTROY = '^DELETE /nodes/hv5/qemu/\\d+$';

const sim = aFaultySimulator();
const shop = () => sim.current.shop;

/** Without a grace time, as it would be an hour later. */
const later = (change: Partial<ProxmoxDependencies> = {}) =>
  shop().activitiesWith({ orphanGraceMinutes: 0, ...change });
const report = (): Promise<OrphanReport> => perform(() => later().findOrphans({}));
const found = async (): Promise<readonly Orphan[]> => (await report()).orphans;
const remove = (orphan: Orphan, activities = later()): Promise<{ readonly removed: boolean }> =>
  perform(() => activities.removeOrphan({ orphan }));

async function theCluster(phase: Phase): Promise<void> {
  const { clusterUid: uid, cluster: name, store } = shop();
  await store.clusters.put(aCluster({ uid, name, phase }));
}

async function aMachine(...change: Parameters<ReturnType<typeof shop>['machine']>): Promise<ReservedMachine> {
  const reserved = await shop().machine(...change);
  await sim.current.configured(reserved);
  return reserved;
}

/** A machine of a cluster that is gone, of which everything is still there. */
async function leaked(...change: Parameters<typeof aMachine>): Promise<ReservedMachine> {
  await theCluster('READY');
  const reserved = await aMachine(...change);
  await theCluster('GONE');
  return reserved;
}

async function orphanOf(kind: Orphan['kind']): Promise<Orphan> {
  const [orphan] = (await found()).filter((each) => each.kind === kind);
  if (orphan === undefined) throw new Error(`no ${kind} was found`);
  return orphan;
}

async function configure(vmid: number, change: Record<string, string>, host = 'hv5'): Promise<void> {
  await sim.current.settled(await shop().client.changeConfig({ host, vmid }, change));
}

describe('a cluster that is not gone', () => {
  test.each(['PLANNED', 'BOOT', 'READY', 'FAILED', 'DECOMMISSIONING'] as const)(
    'and is %s has no orphans, and nothing of it is removed',
    async (phase) => {
      await leaked();
      const before = await found();
      await theCluster(phase);

      expect(await found()).toEqual([]);
      for (const orphan of before)
        await expect(remove(orphan)).rejects.toMatchObject({ code: 'ORPHAN_NOT_REMOVABLE' });

      expect(before.map(({ kind, removable }) => [kind, removable])).toEqual([
        ['medium', true],
        ['vm', true],
      ]);
      expect(sim.current.vmids()).toHaveLength(1);
    },
  );

  test('of which nothing is written down yet is reported, and not removable', async () => {
    await aMachine();

    expect(await found()).toEqual([
      expect.objectContaining({ kind: 'medium', removable: false }),
      expect.objectContaining({
        kind: 'vm',
        removable: false,
        reason: expect.stringContaining('nothing is known of cluster'),
      }),
    ]);
  });

  test('keeps its machines to itself when a person takes the mark away', async () => {
    await theCluster('READY');
    const { identity } = await aMachine();
    await configure(identity.vmid, { description: 'mine' });

    expect(await found()).toEqual([]);
  });
});

describe('a VM of a cluster that is gone', () => {
  test('is found, and removed with its disks and its medium', async () => {
    const { identity } = await leaked();
    const orphan = await orphanOf('vm');

    expect(orphan).toMatchObject({
      uuid: identity.uuid,
      vmid: identity.vmid,
      host: 'hv5',
      name: identity.name,
      cluster: shop().cluster,
      clusterUid: shop().clusterUid,
      removable: true,
      reason: `cluster "${shop().cluster}" is gone`,
    });
    expect(await remove(orphan)).toEqual({ removed: true });
    sim.current.expectNothingLeft();
    expect(await shop().ledger.get(identity.uuid)).toMatchObject({ state: 'removed' });
    expect(await found()).toEqual([]);
  });

  test('that the ledger took for removed is removed as well', async () => {
    const { identity } = await leaked();
    await shop().ledger.update(identity.uuid, { state: 'removed' });

    expect(await remove(await orphanOf('vm'))).toEqual({ removed: true });

    sim.current.expectNothingLeft();
  });

  test('is the same orphan after it was moved to another host, and is removed there', async () => {
    const { identity } = await leaked({ source: SHARED, storage: 'ceph-vm', host: 'hv6' });
    const before = await orphanOf('vm');
    // The workshop that is made anew has another store.
    const { orphans } = shop().store;
    await sim.current.restart(identity.vmid, (vm) => {
      vm.node = 'hv7';
      delete vm.config['ide2'];
    });
    const moved = (await perform(() => later({ orphans }).findOrphans({}))).orphans.find(
      ({ kind }) => kind === 'vm',
    );

    expect(moved).toMatchObject({ id: before.id, host: 'hv7' });
    expect(await remove(before, later({ orphans }))).toEqual({ removed: true });
    sim.current.expectNothingLeft();
  });

  test('is not listed before the grace time is over, however it is known', async () => {
    const { identity } = await leaked();
    const { store, clusterUid: uid, cluster: name } = shop();
    const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString();
    const put = (updatedAt: string) =>
      store.clusters.put(aCluster({ uid, name, phase: 'GONE', createdAt: minutesAgo(999), updatedAt }));
    const inTime = () => perform(() => shop().activities.findOrphans({}));
    await sim.current.stranger(300);
    await configure(300, { tags: OWNER_TAG });

    await put(minutesAgo(59));
    const early = await inTime();
    await put(minutesAgo(61));
    const late = await inTime();

    expect(early.orphans).toEqual([]);
    expect(late.orphans.map(({ vmid }) => vmid)).toEqual([identity.vmid, identity.vmid]);
    expect(late.orphans[0]?.sinceSeconds).toBeGreaterThanOrEqual(61 * 60);
  });

  test('that has another name, tag or UUID by now is left to a person', async () => {
    const { identity } = await leaked();
    const orphan = await orphanOf('vm');
    const changes: Record<string, string>[] = [
      { name: 'renamed' },
      { name: identity.name, tags: 'other' },
      { tags: OWNER_TAG, smbios1: 'uuid=00000000-0000-4000-8000-000000000000' },
    ];
    for (const change of changes) {
      await configure(identity.vmid, change);

      expect((await found()).find(({ kind }) => kind === 'vm')).toMatchObject({ removable: false });
      await expect(remove(orphan)).rejects.toMatchObject({ code: 'ORPHAN_NOT_REMOVABLE' });
    }
    expect(sim.current.vmids()).toEqual([identity.vmid]);
    await configure(identity.vmid, { smbios1: `uuid=${identity.uuid}` });
  });

  test('whose number a stranger took after the report is never touched', async () => {
    const { identity } = await leaked();
    const orphan = await orphanOf('vm');
    await perform(() => shop().activities.removeVm({ identity }));
    await sim.current.stranger(identity.vmid);
    await configure(identity.vmid, {
      tags: OWNER_TAG,
      description: ownershipMark(identity),
      name: identity.name,
    });

    await expect(remove(orphan)).rejects.toMatchObject({ code: 'ORPHAN_NOT_REMOVABLE' });

    expect(sim.current.vmids()).toEqual([identity.vmid]);
  });

  test('whose number another machine was given after the report is left alone', async () => {
    const { identity } = await leaked();
    const orphan = await orphanOf('vm');
    await perform(() => shop().activities.removeVm({ identity }));
    const { store, clusterUid: gone } = shop();
    await store.clusters.put(aCluster({ uid: 'uid-next', name: 'next', phase: 'READY' }));
    const next = { uuid: '11111111-1111-4111-8111-111111111111', name: 'next-1', host: 'hv5' };
    const range = { from: identity.vmid, to: identity.vmid };
    await store.machines.reserve({
      ...{ clusterUid: 'uid-next', cluster: 'next', range },
      ...{ avoid: [], machines: [next] },
    });

    expect(await remove(orphan)).toEqual({ removed: false });
    expect(await store.orphans.holdVmid(identity.uuid)).toBe(false);
    expect(await store.machines.ofCluster(gone)).toEqual([]);
  });

  test.each(['before', 'after'] as const)(
    'goes when the answer to its removal is lost %s it took effect',
    async (stage) => {
      await leaked();
      const orphan = await orphanOf('vm');
      const rule = sim.current.fault(stage, DESTROY, DROP);

      await remove(orphan);

      expect(sim.current.target.faults.list().find(({ id }) => id === rule)?.hits).toBe(1);
      sim.current.expectNothingLeft();
    },
  );

  test('is removed once when two workers are asked at the same time', async () => {
    await leaked();
    const orphan = await orphanOf('vm');

    const both = await Promise.all([remove(orphan, later()), remove(orphan, later())]);

    expect(both.filter(({ removed }) => removed)).toHaveLength(1);
    expect(await sim.current.tasksOf('qmdestroy')).toHaveLength(1);
    sim.current.expectNothingLeft();
  });

  test('that is gone by now is not an error', async () => {
    const { identity } = await leaked();
    const orphans = await found();
    await perform(() => shop().activities.removeVm({ identity }));

    for (const orphan of orphans) expect(await remove(orphan)).toEqual({ removed: false });
  });
});

describe('what cannot be proved to be ours', () => {
  test('is reported with the reason, and never removed', async () => {
    await sim.current.stranger(300);
    await configure(300, { tags: OWNER_TAG });
    await sim.current.stranger(301);
    const mark = { clusterUid: 'uid-x', name: 'x-1', uuid: '22222222-2222-4222-8222-222222222222' };
    await configure(301, { description: ownershipMark(mark), tags: OWNER_TAG });
    await sim.current.stranger(302);

    const orphans = await found();

    expect(orphans.map(({ vmid, removable, reason }) => [vmid, removable, reason])).toEqual([
      [300, false, 'it carries the tag "clusterwright", but no machine\'s mark'],
      [301, false, `the ledger does not know x-1 (${mark.uuid}) of its mark`],
    ]);
    for (const orphan of orphans)
      await expect(remove({ ...orphan, removable: true })).rejects.toMatchObject({
        code: 'ORPHAN_NOT_REMOVABLE',
      });
    expect(sim.current.vmids()).toEqual([300, 301, 302]);
  });

  test('is a copy that a person made of a live machine', async () => {
    await theCluster('READY');
    const { identity } = await aMachine();
    const copy = { newid: 300, name: 'copy', description: ownershipMark(identity), full: true };
    const vm = { host: 'hv5', vmid: identity.vmid };
    await sim.current.settled(await shop().client.cloneVm(vm, { ...copy, storage: 'local-zfs' }));

    expect(await found()).toEqual([
      expect.objectContaining({
        vmid: 300,
        removable: false,
        reason: `it carries the mark of ${identity.name}, which is VM ${identity.vmid}`,
      }),
    ]);
  });

  test('is what a crash left half made: the commands are named', async () => {
    await theCluster('READY');
    const reserved = await shop().machine();
    const { vmid } = reserved.identity;
    await perform(() => shop().activities.claimVm(reserved));
    const { orphans } = shop().store;
    await theCluster('GONE');
    await sim.current.restart(vmid, (vm) => (vm.config = { lock: 'clone' }));

    const { orphans: listed } = await perform(() => later({ orphans }).findOrphans({}));

    expect(listed).toEqual([
      expect.objectContaining({
        vmid,
        removable: false,
        reason: expect.stringContaining(`qm unlock ${vmid}`),
      }),
    ]);
  });
});

describe('a medium that was left behind', () => {
  test('is found on its host, and removed alone', async () => {
    const { identity } = await leaked();
    const vm = { host: 'hv5', vmid: identity.vmid };
    await configure(vm.vmid, { delete: 'ide2' });
    const orphan = await orphanOf('medium');

    expect(orphan).toMatchObject({ uuid: identity.uuid, host: 'hv5', removable: true });
    expect(await remove(orphan)).toEqual({ removed: true });
    expect(sim.current.target.simulator.inspect().isos).toEqual([]);
    expect(sim.current.vmids()).toEqual([identity.vmid]);
    expect(await shop().ledger.get(identity.uuid)).toMatchObject({ seedVolume: null });
    expect(await remove(orphan)).toEqual({ removed: false });
  });

  test('of a machine that nobody knows is reported, and stays', async () => {
    const content = new TextEncoder().encode('somebody else');
    const name = 'cw-33333333-3333-4333-8333-333333333333-0123456789abcdef.iso';
    const sha256 = createHash('sha256').update(content).digest('hex');
    const upload = { host: 'hv6', storage: 'local', name, content, sha256 };
    await sim.current.settled(await shop().client.uploadIso(upload));
    const orphan = await orphanOf('medium');

    expect(orphan).toMatchObject({ host: 'hv6', volume: `local:iso/${name}`, removable: false });
    await expect(remove({ ...orphan, removable: true })).rejects.toMatchObject({
      code: 'ORPHAN_NOT_REMOVABLE',
    });
    expect(sim.current.target.simulator.inspect().isos).toHaveLength(1);
  });
});

describe('a disk of a VMID that nobody has', () => {
  let known: OrphanRecords;

  /** The VM is gone, or something else, and its disks are there: freeing them failed. */
  async function leftDisk(
    vmsAfter: (vms: KeptVm[]) => object[] = () => [],
    isRemoved = false,
  ): Promise<ReservedMachine> {
    const reserved = await leaked();
    if (isRemoved) await shop().ledger.update(reserved.identity.uuid, { state: 'removed' });
    known = shop().store.orphans;
    await sim.current.stop();
    const file = join(sim.current.directory, 'proxmox.json');
    const world = JSON.parse(readFileSync(file, 'utf8')) as { vms: KeptVm[] };
    const isOurs = ({ vmid }: KeptVm): boolean => vmid === reserved.identity.vmid;
    const vms = [...world.vms.filter((vm) => !isOurs(vm)), ...vmsAfter(world.vms.filter(isOurs))];
    writeFileSync(file, JSON.stringify({ ...world, vms }));
    await sim.current.start();
    return reserved;
  }

  async function disks(): Promise<Orphan[]> {
    const { orphans } = await perform(() => later({ orphans: known }).findOrphans({}));
    return orphans.filter(({ kind }) => kind === 'disk');
  }

  const removeKnown = (orphan: Orphan) => remove(orphan, later({ orphans: known }));
  const left = (): string[] => sim.current.target.simulator.inspect().volumes.map(({ volid }) => volid);

  test('is found where it lies, and removed', async () => {
    const { identity } = await leftDisk();

    const [disk, ...others] = await disks();

    expect(disk).toMatchObject({
      ...{ vmid: identity.vmid, uuid: identity.uuid, host: 'hv5', removable: true },
      volume: `local-zfs:vm-${identity.vmid}-disk-0`,
    });
    expect(others).toEqual([]);
    expect(await removeKnown(disk as Orphan)).toEqual({ removed: true });
    expect(left()).toEqual([]);
    expect(await removeKnown(disk as Orphan)).toEqual({ removed: false });
  });

  test('stays when its machine was proved to be removed: whose it is cannot be told', async () => {
    await leftDisk(() => [], true);

    const [disk] = await disks();

    expect(disk).toMatchObject({ removable: false, reason: expect.stringContaining("it may be another's") });
    await expect(removeKnown({ ...(disk as Orphan), removable: true })).rejects.toMatchObject({
      code: 'ORPHAN_NOT_REMOVABLE',
    });
    expect(left()).toHaveLength(1);
  });

  test('stays when another VM has it', async () => {
    await leftDisk((vms) =>
      vms.map((vm) => ({ ...vm, vmid: 300, config: { name: 'other', scsi3: vm.config['scsi0'] } })),
    );

    const [disk] = await disks();

    await expect(removeKnown(disk as Orphan)).rejects.toMatchObject({
      code: 'ORPHAN_NOT_REMOVABLE',
      message: expect.stringContaining('is a disk of VM 300'),
    });
    expect(left()).toHaveLength(1);
  });

  test('stays when a guest was given the number after the report', async () => {
    const { identity } = await leftDisk();
    const [disk] = await disks();
    await sim.current.stranger(identity.vmid);

    expect(await disks()).toEqual([]);
    await expect(removeKnown(disk as Orphan)).rejects.toMatchObject({ code: 'ORPHAN_NOT_REMOVABLE' });
    expect(left()).toContain(disk?.volume);
  });
});

describe('what can still be fetched at a boot', () => {
  test('of a cluster that is gone is revoked', async () => {
    await theCluster('READY');
    const { identity } = await shop().machine();
    const { uuid: machineUuid, clusterUid, cluster, name: machine } = identity;
    const documents = { userData: '', metaData: '', networkConfig: null, vendorData: '' };
    await shop().boots.arm({
      ...{ machineUuid, clusterUid, cluster, machine },
      mac: identity.mac.toLowerCase(),
      network: null,
      documents: documents as never,
    });
    expect(await found()).toEqual([]);
    await theCluster('GONE');
    const orphan = await orphanOf('boot-arming');

    expect(orphan).toMatchObject({ uuid: machineUuid, name: machine, removable: true });
    expect(await remove(orphan)).toEqual({ removed: true });
    expect(await shop().boots.get(machineUuid)).toBeUndefined();
    expect(await remove(orphan)).toEqual({ removed: false });
  });
});

describe('a host that does not answer', () => {
  test('is named in the report, and what is on it is not taken for gone', async () => {
    await leaked();
    const orphan = await orphanOf('vm');
    const rule = sim.current.fault('before', '^\\w+ /nodes/hv5/', NO_ROUTE, 1_000);

    const { orphans, notSeen } = await report();

    expect([orphans, notSeen]).toEqual([[], ['hv5']]);
    sim.current.target.faults.remove(rule);
    expect((await found()).map(({ id }) => id)).toContain(orphan.id);
  });
});
