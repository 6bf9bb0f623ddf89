import { describe, expect, test } from '@jest/globals';
import type { ClaimedVm } from '../../../activities/proxmox/claim-vm.js';
import { clusterTag, OWNER_TAG } from '../../../domain/machine.js';
import type { MachineSource } from '../../../domain/plan.js';
import type { FaultEffect } from '../../../lab/faults.js';
import { anEnvironment } from '../../activities/proxmox/environment.js';
import { aFaultySimulator, until } from './faulty-simulator.js';
import { plannedImage } from './lab-image.js';
import { attempt, perform, type ReservedMachine } from './workshop.js';

const CREATE = '^POST /nodes/hv5/qemu$';
const DROP: FaultEffect = { kind: 'drop' };
const IMAGE = plannedImage();
const IMPORTED: MachineSource = { kind: 'import', image: IMAGE };

const sim = aFaultySimulator();

const imported = (): Promise<ReservedMachine> =>
  sim.current.shop.machine({ source: IMPORTED, diskGiB: 11, storage: 'local-zfs' });

/** The image stays for the next machine. */
function expectOnlyTheImageLeft(): void {
  const { vms, volumes, isos, runningTasks } = sim.current.target.simulator.inspect();
  expect({ vms, volumes, runningTasks }).toEqual({ vms: [], volumes: [], runningTasks: [] });
  expect(isos).toEqual([{ node: 'hv5', volid: IMAGE.volume }]);
}

describe('a machine that is imported from an image', () => {
  test('has all of its identity in the call that makes it, and does not start with its host yet', async () => {
    const reserved = await imported();
    const { identity } = reserved;

    const { vmid } = await perform(() => sim.current.shop.activities.claimVm(reserved));

    const config = await sim.current.shop.client.vmConfig({ host: 'hv5', vmid });
    expect(config).toMatchObject({
      name: identity.name,
      smbios1: `uuid=${identity.uuid}`,
      net0: expect.stringContaining(`virtio=${identity.mac}`),
      description: expect.stringContaining(`clusterwright: ${identity.clusterUid}/`),
      scsihw: 'virtio-scsi-pci',
      scsi0: expect.stringMatching(/^local-zfs:vm-\d+-disk-0,.*size=3G/),
      serial0: 'socket',
    });
    expect(config.tags?.split(';')).toEqual(
      expect.arrayContaining([OWNER_TAG, clusterTag(identity.cluster)]),
    );
    expect(config).not.toHaveProperty('onboot');
  });

  test('grows to the size that was planned, runs and goes', async () => {
    const reserved = await imported();

    await sim.current.configured(reserved);
    const config = await sim.current.shop.client.vmConfig({ host: 'hv5', vmid: reserved.identity.vmid });
    await sim.current.wholeLife(reserved);

    expect(config['scsi0']).toContain('size=11G');
    expectOnlyTheImageLeft();
  });

  test.each(
    [CREATE, '^POST /nodes/hv5/storage/local/download-url$'].flatMap((match) =>
      (['before', 'after'] as const).map((stage) => [match, stage] as const),
    ),
  )(
    'lives and goes without a trace when the answer to %s is lost (%s it took effect)',
    async (match, stage) => {
      const reserved = await imported();
      const rule = sim.current.fault(stage, match, DROP);

      await sim.current.wholeLife(reserved);

      expect(sim.current.target.faults.list().find(({ id }) => id === rule)?.hits).toBe(1);
      expect(await sim.current.tasksOf('qmcreate')).toHaveLength(1);
      expectOnlyTheImageLeft();
    },
  );

  test('whose create lost its answer is found in the same attempt', async () => {
    const reserved = await imported();
    sim.current.fault('after', CREATE, DROP);

    const { vmid } = await attempt(() => sim.current.shop.activities.claimVm(reserved));

    expect(vmid).toBe(reserved.identity.vmid);
    expect(await sim.current.tasksOf('qmcreate')).toHaveLength(1);
  });

  test('whose worker dies is waited for by the next attempt, and not asked for again', async () => {
    const reserved = await imported();
    await aDeadWorkers(reserved);

    const second = anEnvironment();
    second.on('heartbeat', releaseImport);
    const claiming = second.run<[], ClaimedVm, () => Promise<ClaimedVm>>(() =>
      sim.current.shop.others.claimVm(reserved),
    );
    const { vmid } = await claiming;

    expect(vmid).toBe(reserved.identity.vmid);
    expect(await sim.current.tasksOf('qmcreate')).toHaveLength(1);
  });

  test('that is still being made is waited for before it is removed', async () => {
    const reserved = await imported();
    await aDeadWorkers(reserved);

    const second = anEnvironment();
    second.on('heartbeat', releaseImport);
    const removing = second.run(() => sim.current.shop.others.removeVm({ identity: reserved.identity }));
    await removing;

    expectOnlyTheImageLeft();
  });

  test('whose VMID is stolen between reservation and create gets another one', async () => {
    const reserved = await imported();
    const { vmid: stolen } = reserved.identity;
    const rule = sim.current.fault('before', CREATE, { kind: 'hold' });
    const claiming = attempt(() => sim.current.shop.activities.claimVm(reserved));
    await sim.current.target.faults.hit(rule);
    await sim.current.stranger(stolen);
    sim.current.target.faults.remove(rule);

    const { vmid } = await claiming;

    expect(vmid).not.toBe(stolen);
    expect((await sim.current.shop.client.vmConfig({ host: 'hv5', vmid: stolen })).name).toBe('stranger');
    await perform(() => sim.current.shop.activities.removeVm({ identity: reserved.identity }));
    expect(sim.current.vmids()).toEqual([stolen]);
  });

  test('that a crash cut short is left to a person, and another VMID is used', async () => {
    const reserved = await imported();
    const { vmid: lost } = reserved.identity;
    sim.current.latency.hold('proxmox.import');
    const first = anEnvironment();
    const died = expect(first.run(() => sim.current.shop.activities.claimVm(reserved))).rejects.toThrow();
    await until(() => sim.current.vmids().includes(lost));
    await sim.current.restart(lost);
    first.cancel();
    await died;

    const { vmid } = await perform(() => sim.current.shop.activities.claimVm(reserved));

    expect(vmid).not.toBe(lost);
    expect(sim.current.target.simulator.inspect().vms).toContainEqual(
      expect.objectContaining({ vmid: lost, lock: 'create' }),
    );
  });

  test('that a person unlocked half made is destroyed and made anew', async () => {
    const reserved = await imported();
    await perform(() => sim.current.shop.activities.claimVm(reserved));
    await sim.current.shop.ledger.update(reserved.identity.uuid, { state: 'issued' });
    await sim.current.restart(reserved.identity.vmid, (vm) => delete vm.config['scsi0']);

    const { vmid } = await perform(() => sim.current.shop.activities.claimVm(reserved));

    expect(vmid).toBe(reserved.identity.vmid);
    expect(await sim.current.shop.client.vmConfig({ host: 'hv5', vmid })).toHaveProperty('scsi0');
  });

  test('claimed by two workers at once is one VM', async () => {
    const reserved = await imported();

    const claims = await Promise.all([
      perform(() => sim.current.shop.activities.claimVm(reserved)),
      perform(() => sim.current.shop.others.claimVm(reserved)),
    ]);

    expect(claims[0]).toEqual(claims[1]);
    expect(sim.current.vmids()).toEqual([reserved.identity.vmid]);
  });

  test('is found where somebody moved it', async () => {
    const reserved = await sim.current.shop.machine({
      source: IMPORTED,
      storage: 'ceph-vm',
      diskGiB: 11,
    });
    const { vmid } = reserved.identity;
    await perform(() => sim.current.shop.activities.claimVm(reserved));
    await sim.current.restart(vmid, (vm) => (vm.node = 'hv7'));

    const claimed = await perform(() => sim.current.shop.activities.claimVm(reserved));

    expect(claimed).toEqual({ vmid, host: 'hv7' });
  });

  test('of twelve at once is asked for four at a time on one host', async () => {
    const machines = await Promise.all(Array.from({ length: 12 }, imported));
    sim.current.latency.hold('proxmox.import');
    const claiming = Promise.all(
      machines.map((one) => perform(() => sim.current.shop.activities.claimVm(one))),
    );
    await until(() => sim.current.runningTasks().length === 4);
    // A fifth one would have been asked for by the time that these are answered.
    for (let call = 0; call < 20; call += 1) await sim.current.shop.client.nodes();
    const atOnce = sim.current.runningTasks().length;
    sim.current.latency.release('proxmox.import');

    await claiming;

    expect(atOnce).toBe(4);
    expect(sim.current.vmids()).toHaveLength(12);
    expect(await sim.current.tasksOf('download')).toHaveLength(1);
  });

  test('whose image nobody has and nobody knows where to get is not made', async () => {
    const image = { ...IMAGE, volume: 'local:import/none.qcow2', url: null, checksum: null };
    const reserved = await sim.current.shop.machine({ source: { kind: 'import', image } });

    const claiming = attempt(() => sim.current.shop.activities.claimVm(reserved));

    await expect(claiming).rejects.toMatchObject({ code: 'IMAGE_NOT_FOUND' });
    expect(sim.current.vmids()).toEqual([]);
  });

  test('goes on as it is when its image has gone since', async () => {
    const reserved = await imported();
    await perform(() => sim.current.shop.activities.claimVm(reserved));
    await sim.current.settled((await sim.current.shop.client.deleteVolume('hv5', IMAGE.volume)) ?? '');

    const claimed = await attempt(() => sim.current.shop.activities.claimVm(reserved));

    expect(claimed.vmid).toBe(reserved.identity.vmid);
    expect(await sim.current.tasksOf('download')).toHaveLength(1);
  });
});

describe('a machine with an empty disk', () => {
  const empty = (): Promise<ReservedMachine> =>
    sim.current.shop.machine({ source: { kind: 'empty' }, diskGiB: 11, storage: 'local-zfs' });

  test('has a disk of the size that was planned, lives and goes without a trace', async () => {
    const reserved = await empty();

    const { vmid } = await perform(() => sim.current.shop.activities.claimVm(reserved));
    const config = await sim.current.shop.client.vmConfig({ host: 'hv5', vmid });
    await sim.current.wholeLife(reserved);

    expect(config['scsi0']).toMatch(/^local-zfs:vm-\d+-disk-0,.*size=11G/);
    expect(config).not.toHaveProperty('vga');
    sim.current.expectNothingLeft();
  });

  test.each(['before', 'after'] as const)(
    'is made once when the answer is lost %s it took effect',
    async (stage) => {
      const reserved = await empty();
      sim.current.fault(stage, CREATE, DROP);

      await sim.current.wholeLife(reserved);

      expect(await sim.current.tasksOf('qmcreate')).toHaveLength(1);
      sim.current.expectNothingLeft();
    },
  );
});

/** A worker that asked for the VM and was not there to see it made. */
async function aDeadWorkers(reserved: ReservedMachine): Promise<void> {
  const first = anEnvironment();
  sim.current.latency.hold('proxmox.import');
  const dying = first.run(() => sim.current.shop.activities.claimVm(reserved));
  const died = expect(dying).rejects.toThrow();
  await until(() => sim.current.vmids().includes(reserved.identity.vmid));
  first.cancel();
  await died;
}

/** The next one is known to wait for the task once it says so. */
function releaseImport({ upid }: { readonly upid?: string }): void {
  if (upid !== undefined) sim.current.latency.release('proxmox.import');
}
