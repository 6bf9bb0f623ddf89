import { describe, expect, test } from '@jest/globals';
import { OWNER_TAG, ownershipMark } from '../../../domain/machine.js';
import type { FaultEffect } from '../../../lab/faults.js';
import { aCluster } from '../../store/store-builder.js';
import { aFaultySimulator, SHARED } from './faulty-simulator.js';
import { orphansOn } from './orphans.js';
import { perform } from './workshop.js';

const DROP: FaultEffect = { kind: 'drop' };
const DESTROY = '^DELETE /nodes/hv5/qemu/\\d+$';

const sim = aFaultySimulator();
const { later, found, remove, theCluster, aMachine, leaked, orphanOf, configure, shop } = orphansOn(sim);

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
