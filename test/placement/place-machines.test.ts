import { describe, expect, test } from '@jest/globals';
import type { PlaceRequest } from '../../domain/planner.js';
import { placeMachines } from '../../placement/place-machines.js';
import { aHost } from '../builders/inventory.js';

const aRequest = (change: Partial<PlaceRequest> = {}): PlaceRequest => ({
  machine: 'm1',
  group: 'g',
  memoryMiB: 4096,
  cores: 2,
  antiAffinity: 'NONE',
  preferredHosts: [],
  objection: () => null,
  ...change,
});

const HOSTS = [
  aHost({ name: 'a', memoryFreeMiB: 10_000 }),
  aHost({ name: 'b', memoryFreeMiB: 20_000 }),
  aHost({ name: 'c', memoryFreeMiB: 20_000 }),
];

const hostsOf = (requests: PlaceRequest[], hosts = HOSTS) =>
  placeMachines(requests, hosts).map((placement) => (placement.kind === 'placed' ? placement.host : null));

describe('a machine is placed', () => {
  test('on the host with most free memory, the first by name among equals', () => {
    expect(hostsOf([aRequest()])).toEqual(['b']);
  });

  test('on a preferred host even when another has more room', () => {
    expect(hostsOf([aRequest({ preferredHosts: ['a'] })])).toEqual(['a']);
  });

  test('never on a host that is offline', () => {
    expect(hostsOf([aRequest()], [aHost({ name: 'a', online: false })])).toEqual([null]);
  });

  test('away from its group under SOFT anti-affinity, but together rather than not at all', () => {
    const requests = ['m1', 'm2', 'm3', 'm4'].map((machine) => aRequest({ machine, antiAffinity: 'SOFT' }));

    expect(hostsOf(requests)).toEqual(['b', 'c', 'a', 'b']);
  });

  test('not at all when HARD anti-affinity leaves no host, with the reason for each', () => {
    const requests = ['m1', 'm2'].map((machine) => aRequest({ machine, antiAffinity: 'HARD' }));

    const placements = placeMachines(requests, [aHost({ name: 'a' })]);

    expect(placements[1]).toEqual({
      kind: 'unplaced',
      machine: 'm2',
      reasons: ['a: it already has a machine of group "g"'],
    });
  });

  test('never where its processors would be more than four for each of the host', () => {
    const busy = aHost({ name: 'a', cores: 4, coresAllocated: 15 });

    const [placement] = placeMachines([aRequest()], [busy]);

    expect(placement).toMatchObject({
      reasons: ['a: it has room for 1 more virtual processors, 2 are needed'],
    });
  });

  test('on the host that has most of its scarcer resource left, so that small hosts are not filled first', () => {
    const small = aHost({ name: 'a', cores: 4, memoryMiB: 32_768, memoryFreeMiB: 30_000 });
    const large = aHost({ name: 'b', cores: 64, memoryMiB: 262_144, memoryFreeMiB: 200_000 });
    const requests = Array.from({ length: 6 }, (_, n) => aRequest({ machine: `m${n}`, cores: 4 }));

    expect(hostsOf(requests, [small, large])).toEqual(['a', 'b', 'b', 'b', 'b', 'b']);
  });

  test('with the memory of those before it already taken', () => {
    const requests = ['m1', 'm2', 'm3'].map((machine) => aRequest({ machine, memoryMiB: 12_000 }));

    expect(hostsOf(requests)).toEqual(['b', 'c', null]);
  });
});
