import { describe, expect, test } from '@jest/globals';
import { aReservation, aStore, ManualClock } from './store-builder.js';

const RANGE = { from: 100, to: 109 };

function vmidsOf(rows: readonly { readonly vmid: number }[]): number[] {
  return rows.map(({ vmid }) => vmid);
}

describe('reserving', () => {
  test('takes the lowest free numbers that are not to be avoided, in the order of the machines', async () => {
    const { machines } = await aStore();

    const rows = await machines.reserve(aReservation(['b', 'a'], { avoid: [100, 102] }));

    expect(rows.map(({ uuid, vmid, state }) => [uuid, vmid, state])).toEqual([
      ['b', 101, 'intent'],
      ['a', 103, 'intent'],
    ]);
  });

  test('returns the same rows when asked again, also with more machines than before', async () => {
    const { machines } = await aStore();
    const first = await machines.reserve(aReservation(['a', 'c']));

    const second = await machines.reserve(aReservation(['a', 'b', 'c'], { avoid: [100, 101] }));

    expect([second[0], second[2]]).toEqual(first);
    expect(vmidsOf(second)).toEqual([100, 102, 101]);
    expect((await machines.ofCluster('uid-1')).map(({ uuid }) => uuid)).toEqual(['a', 'c', 'b']);
  });

  test('keeps nothing of a request that the range has no room for', async () => {
    const { machines } = await aStore();
    await machines.reserve(aReservation(['a']));

    const reserving = machines.reserve(aReservation(Array.from({ length: 11 }, (_, index) => `m-${index}`)));

    await expect(reserving).rejects.toMatchObject({
      code: 'VMIDS_EXHAUSTED',
      message: '11 VMIDs are needed, and 9 of 100-109 are free',
    });
    expect(await machines.ofCluster('uid-1')).toHaveLength(1);
  });

  test('works with a range far larger than memory', async () => {
    const { machines } = await aStore();

    const rows = await machines.reserve(aReservation(['a'], { range: { from: 100, to: 999_999_999 } }));

    expect(vmidsOf(rows)).toEqual([100]);
  });

  test('leaves the number of a removed machine alone until its quarantine is over', async () => {
    const clock = new ManualClock();
    const { machines } = await aStore({ now: clock.now, quarantineSeconds: 60 });
    await machines.reserve(aReservation(['a']));
    await machines.update('a', { state: 'removed' });
    clock.advance(59);
    const during = await machines.reserve(aReservation(['b']));
    clock.advance(1);

    const afterwards = await machines.reserve(aReservation(['c']));

    expect(vmidsOf(during)).toEqual([101]);
    expect(vmidsOf(afterwards)).toEqual([100]);
  });

  test('counts the quarantine from the first report of the removal', async () => {
    const clock = new ManualClock();
    const { machines } = await aStore({ now: clock.now, quarantineSeconds: 60 });
    await machines.reserve(aReservation(['a']));
    await machines.update('a', { state: 'removed' });
    clock.advance(60);
    await machines.update('a', { state: 'removed' });

    expect(vmidsOf(await machines.reserve(aReservation(['b'])))).toEqual([100]);
  });
});

describe('updating', () => {
  test('changes what is given and keeps the rest', async () => {
    const clock = new ManualClock();
    const { machines } = await aStore({ now: clock.now });
    const [before] = await machines.reserve(aReservation(['a']));
    clock.advance(1);

    const after = await machines.update('a', { state: 'issued', upid: 'UPID:pve1:1' });

    expect(after).toEqual({
      ...before,
      state: 'issued',
      upid: 'UPID:pve1:1',
      updatedAt: '2026-01-01T00:00:01.000Z',
    });
    expect(await machines.get('a')).toEqual(after);
  });

  test('never brings a removed machine back, as its number may be in use again', async () => {
    const { machines } = await aStore();
    await machines.reserve(aReservation(['a']));
    await machines.update('a', { state: 'removed' });

    await expect(machines.update('a', { state: 'observed' })).rejects.toMatchObject({
      code: 'IDENTITY_MISMATCH',
    });
    await expect(
      machines.replaceVmid({ uuid: 'a', taken: 100, range: RANGE, avoid: [] }),
    ).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });
    expect(await machines.ofCluster('uid-1')).toEqual([]);
    expect((await machines.get('a'))?.state).toBe('removed');
  });

  test('refuses a machine that the ledger does not have', async () => {
    const { machines } = await aStore();

    await expect(machines.update('nobody', {})).rejects.toMatchObject({ code: 'IDENTITY_MISMATCH' });
    expect(await machines.get('nobody')).toBeUndefined();
  });
});

describe('the disks of a machine', () => {
  test('are what was written down first, once each', async () => {
    const { machines } = await aStore();
    await machines.reserve(aReservation(['a', 'b']));

    await machines.recordVolumes('a', [{ slot: 'scsi0', volume: 'ceph:vm-100-disk-0' }]);
    await machines.recordVolumes('a', [
      { slot: 'scsi9', volume: 'ceph:vm-100-disk-0' },
      { slot: 'efidisk0', volume: 'ceph:vm-100-disk-1' },
    ]);
    await machines.recordVolumes('a', []);

    expect(await machines.volumesOf('a')).toEqual([
      { slot: 'scsi0', volume: 'ceph:vm-100-disk-0' },
      { slot: 'efidisk0', volume: 'ceph:vm-100-disk-1' },
    ]);
    expect(await machines.volumesOf('b')).toEqual([]);
  });
});

describe('a VMID that was given up', () => {
  test('is remembered with the cluster that it was for', async () => {
    const { machines } = await aStore();
    await machines.reserve(aReservation(['a', 'b']));

    await machines.replaceVmid({ uuid: 'b', taken: 101, range: RANGE, avoid: [] });

    expect(await machines.givenUpVmids('uid-1')).toEqual([101]);
    expect(await machines.givenUpVmids('uid-2')).toEqual([]);
  });
});

describe('replacing a VMID', () => {
  test('gives another number, forgets the task of the old one and never offers it again', async () => {
    const clock = new ManualClock();
    const { machines } = await aStore({ now: clock.now, quarantineSeconds: 0 });
    await machines.reserve(aReservation(['a']));
    await machines.update('a', { state: 'issued', upid: 'UPID:pve1:1' });

    const replaced = await machines.replaceVmid({ uuid: 'a', taken: 100, range: RANGE, avoid: [101] });

    clock.advance(1_000_000);
    expect(replaced).toMatchObject({ uuid: 'a', vmid: 102, state: 'intent', upid: null });
    expect(vmidsOf(await machines.reserve(aReservation(['b', 'c'])))).toEqual([101, 103]);
  });

  test('asked for again, because the answer was lost, gives the same number', async () => {
    const { machines } = await aStore();
    await machines.reserve(aReservation(['a']));
    const first = await machines.replaceVmid({ uuid: 'a', taken: 100, range: RANGE, avoid: [] });

    const again = await machines.replaceVmid({ uuid: 'a', taken: 100, range: RANGE, avoid: [] });

    expect(again).toEqual(first);
  });

  test('keeps the old number when there is no other', async () => {
    const { machines } = await aStore();
    await machines.reserve(aReservation(['a']));

    const replacing = machines.replaceVmid({
      uuid: 'a',
      taken: 100,
      range: { from: 100, to: 100 },
      avoid: [],
    });

    await expect(replacing).rejects.toMatchObject({ code: 'VMIDS_EXHAUSTED' });
    expect((await machines.get('a'))?.vmid).toBe(100);
  });
});
