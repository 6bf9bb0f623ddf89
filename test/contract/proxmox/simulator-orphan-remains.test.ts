import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Orphan } from '../../../domain/orphans.js';
import type { FaultEffect } from '../../../lab/faults.js';
import type { OrphanRecords } from '../../../store/orphan-port.js';
import { aFaultySimulator, type KeptVm } from './faulty-simulator.js';
import { orphansOn } from './orphans.js';
import { perform, type ReservedMachine } from './workshop.js';

const NO_ROUTE: FaultEffect = { kind: 'status', status: 595, message: 'No route to host' };

const sim = aFaultySimulator();
const { later, report, found, remove, theCluster, leaked, orphanOf, configure, shop } = orphansOn(sim);

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
