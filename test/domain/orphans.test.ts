import { describe, expect, test } from '@jest/globals';
import { OWNER_TAG, ownershipMark } from '../../domain/machine.js';
import {
  judgeDisk,
  judgeMedium,
  judgeVm,
  marksIn,
  standingOf,
  type Owner,
  type SeenVm,
} from '../../domain/orphans.js';
import { PHASES } from '../../domain/phase.js';

const UUID = '0a1b2c3d-0000-4000-8000-000000000001';

const anOwner = (change: Partial<Owner> = {}): Owner => ({
  uuid: UUID,
  clusterUid: 'uid-1',
  cluster: 'edge',
  name: 'edge-server-1',
  vmid: 20_000,
  isRemoved: false,
  standing: 'gone',
  ...change,
});

const aVm = (change: Partial<SeenVm> = {}): SeenVm => ({
  vmid: 20_000,
  name: 'edge-server-1',
  uuid: UUID,
  tags: [OWNER_TAG, 'cw-edge'],
  description: `${ownershipMark(anOwner())}\n\nfor people`,
  isTemplate: false,
  lock: null,
  ...change,
});

const judge = (vm: SeenVm, owner: Owner | undefined = anOwner(), sameVmid = owner ? [owner] : []) =>
  judgeVm(vm, (uuid) => (uuid === owner?.uuid ? owner : undefined), sameVmid);

describe('a VM', () => {
  test('of a cluster that is gone is removable when all that proves it agrees', () => {
    expect(judge(aVm())).toEqual({ removable: true, reason: 'cluster "edge" is gone' });
    expect(judge(aVm(), anOwner({ isRemoved: true }))).toMatchObject({ removable: true });
  });

  test.each([
    ['another VMID', { vmid: 300 }, 'its VMID is 300'],
    ['another name', { name: 'mine' }, 'its name is "mine"'],
    ['another UUID', { uuid: null }, 'its UUID is not set'],
    ['no owner tag', { tags: [] }, 'it lacks the tag'],
    [
      'the mark of another cluster',
      { description: ownershipMark(anOwner({ clusterUid: 'uid-2' })) },
      'lacks the line',
    ],
    ['become a template', { isTemplate: true }, 'it is a template'],
  ])('that has %s is not', (_what, change, reason) => {
    expect(judge(aVm(change))).toEqual({ removable: false, reason: expect.stringContaining(reason) });
  });

  test.each(['live', 'busy'] as const)('of a %s cluster is no orphan, whatever it looks like', (standing) => {
    const owner = anOwner({ standing });
    const changed: Partial<SeenVm>[] = [
      {},
      { description: null },
      { name: 'mine' },
      { uuid: null },
      { tags: [] },
      { name: null, uuid: null, description: null, tags: [], lock: 'clone' },
    ];
    for (const change of changed) expect(judge(aVm(change), owner)).toBeNull();
  });

  test('is left to an operation that is under way, also when the ledger has it for removed', () => {
    expect(judge(aVm(), anOwner({ standing: 'busy', isRemoved: true }))).toBeNull();
    expect(judge(aVm({ vmid: 300 }), anOwner({ standing: 'busy' }))).toBeNull();
  });

  test('that a live cluster should not have any more is for a person to remove', () => {
    expect(judge(aVm(), anOwner({ standing: 'live', isRemoved: true }))).toEqual({
      removable: false,
      reason: 'edge-server-1 was removed from cluster "edge", which is not gone',
    });
  });

  test('of a cluster that nothing is known of is for a person to remove', () => {
    expect(judge(aVm(), anOwner({ standing: 'unknown' }))).toMatchObject({ removable: false });
  });

  test('with the marks of two machines is nobody’s', () => {
    const other = ownershipMark(anOwner({ uuid: '0a1b2c3d-0000-4000-8000-000000000002' }));

    expect(judge(aVm({ description: `${ownershipMark(anOwner())}\n${other}` }))).toMatchObject({
      removable: false,
      reason: 'it carries the marks of several machines',
    });
  });

  test('that has nothing of ours but the number of a machine is somebody else’s', () => {
    const stranger = { name: 'db', uuid: null, tags: ['prod'], description: 'db' };

    expect(judge(aVm(stranger))).toBeNull();
    expect(judge(aVm({ ...stranger, vmid: 5 }), undefined)).toBeNull();
  });
});

describe('a disk', () => {
  test('is removable only when the machine was made with it and was not proved to be gone', () => {
    expect(judgeDisk([anOwner()], true)).toMatchObject({ removable: true });
    expect(judgeDisk([anOwner()], false)).toMatchObject({ removable: false });
    expect(judgeDisk([anOwner({ isRemoved: true })], true)).toMatchObject({ removable: false });
  });

  test('is no orphan while any machine of a live cluster has the number', () => {
    expect(judgeDisk([anOwner(), anOwner({ standing: 'live' })], true)).toBeNull();
    expect(judgeDisk([], true)).toBeNull();
  });

  test('is judged by the machine that had the number last', () => {
    const latest = anOwner({ standing: 'live', isRemoved: true });

    expect(judgeDisk([latest, anOwner()], true)).toMatchObject({ removable: false });
  });
});

test('a medium is its machine’s', () => {
  expect(judgeMedium(anOwner())).toMatchObject({ removable: true });
  expect(judgeMedium(undefined)).toMatchObject({ removable: false });
  expect(judgeMedium(anOwner({ standing: 'live' }))).toBeNull();
  expect(judgeMedium(anOwner({ standing: 'live', isRemoved: true }))).toMatchObject({ removable: false });
});

test('only a cluster that is GONE is gone, and one that nobody wrote down is not', () => {
  expect(PHASES.filter((phase) => standingOf(phase) === 'gone')).toEqual(['GONE']);
  expect(standingOf(null)).toBe('unknown');
});

test('marks are whole lines', () => {
  const mark = ownershipMark(anOwner());

  expect(marksIn(`a\r\n  ${mark}\r\nb`)).toEqual([
    { clusterUid: 'uid-1', name: 'edge-server-1', uuid: UUID },
  ]);
  expect(marksIn(`see ${mark}`)).toEqual([]);
  expect(marksIn(null)).toEqual([]);
});
