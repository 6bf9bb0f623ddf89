import { describe, expect, test } from '@jest/globals';
import {
  claimObjections,
  macOf,
  ownershipMark,
  ownershipObjections,
  type MachineIdentity,
  type ObservedVm,
} from '../../domain/machine.js';

const IDENTITY: MachineIdentity = {
  clusterUid: 'c1',
  cluster: 'edge',
  name: 'edge-server-1',
  uuid: '0b8a6a2e-6d58-4f3b-9a55-0123456789ab',
  vmid: 20_001,
  mac: 'BC:24:11:67:89:AB',
};

const ours = (change: Partial<ObservedVm> = {}): ObservedVm => ({
  vmid: 20_001,
  name: 'edge-server-1',
  uuid: IDENTITY.uuid,
  tags: ['clusterwright', 'cw-edge'],
  description: `Made for edge.\n${ownershipMark(IDENTITY)}\n`,
  ...change,
});

describe('the ownership of a VM', () => {
  test('is proved when mark, name, tag, UUID and VMID all agree', () => {
    expect(ownershipObjections(ours(), IDENTITY)).toEqual([]);
  });

  test.each([
    ['another UUID', { uuid: '00000000-0000-0000-0000-000000000000' }],
    ['no UUID', { uuid: null }],
    ['another name', { name: 'edge-server-2' }],
    ['no owner tag', { tags: ['cw-edge'] }],
    ['another VMID', { vmid: 20_002 }],
    ['no description', { description: null }],
    ["another cluster's mark", { description: ownershipMark({ ...IDENTITY, clusterUid: 'c2' }) }],
    ['a mark that only contains ours', { description: `x ${ownershipMark(IDENTITY)} y` }],
  ] satisfies [string, Partial<ObservedVm>][])('is refused for %s', (_what, change) => {
    expect(ownershipObjections(ours(change), IDENTITY)).toHaveLength(1);
  });

  test('of a clone under way rests on mark and name, while it still has the tags and UUID of its template', () => {
    const underWay = ours({ uuid: 'of-the-template', tags: ['template'] });

    expect(claimObjections(underWay, IDENTITY)).toEqual([]);
    expect(ownershipObjections(underWay, IDENTITY)).toHaveLength(2);
  });
});

test('a MAC address follows from the UUID, so that a retry asks for the same', () => {
  expect(macOf(IDENTITY.uuid)).toBe('BC:24:11:67:89:AB');
  expect(macOf(IDENTITY.uuid, 0)).toBe('BC:24:11:67:89:AB');
  const further = Array.from({ length: 32 }, (_, index) => macOf(IDENTITY.uuid, index));
  expect(new Set(further).size).toBe(32);
  expect(further.every((mac) => /^BC:24:11(:[0-9A-F]{2}){3}$/.test(mac))).toBe(true);
});
