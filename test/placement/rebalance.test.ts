import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { balance, DEFAULT_BALANCE, type BalanceGuest, type BalanceHost } from '../../placement/rebalance.js';

const HOSTS: readonly BalanceHost[] = ['a', 'b', 'c'].map((name) => ({
  name,
  online: true,
  memoryMiB: 100_000,
}));

let lastVmid = 100;
const aGuest = (change: Partial<BalanceGuest> = {}): BalanceGuest => ({
  vmid: (lastVmid += 1),
  host: 'a',
  memoryMiB: 10_000,
  allowedHosts: ['a', 'b', 'c'],
  movedSecondsAgo: null,
  etcdOf: null,
  apartFrom: null,
  ...change,
});
const guests = (count: number, change: Partial<BalanceGuest> = {}) =>
  Array.from({ length: count }, () => aGuest(change));

describe('hosts that differ', () => {
  test('by less than the threshold are left alone', () => {
    const all = [...guests(4), ...guests(2, { host: 'b' }), ...guests(2, { host: 'c' })];

    expect(balance(HOSTS, all)).toEqual({ moves: [], reason: 'hosts differ by 20 % only' });
  });

  test('by more are brought together by few moves, each worth it', () => {
    const { moves } = balance(HOSTS, guests(8));

    expect(moves).toHaveLength(DEFAULT_BALANCE.mostMoves);
    for (const { from, gain } of moves) {
      expect(from).toBe('a');
      expect(gain).toBeGreaterThanOrEqual(DEFAULT_BALANCE.leastGain);
    }
  });

  test('are left alone while Proxmox VE balances by itself', () => {
    expect(balance(HOSTS, guests(8), { ownedByProxmox: true }).moves).toEqual([]);
  });
});

describe('a guest is not moved', () => {
  test('again while it rests', () => {
    expect(balance(HOSTS, guests(8, { movedSecondsAgo: 60 })).moves).toEqual([]);
  });

  test('to a host that Proxmox VE does not allow', () => {
    expect(balance(HOSTS, guests(8, { allowedHosts: ['a'] })).moves).toEqual([]);
  });

  test('to a host that is offline', () => {
    const hosts = HOSTS.map((host) => ({ ...host, online: host.name !== 'b' }));

    expect(balance(hosts, guests(8)).moves.map(({ to }) => to)).not.toContain('b');
  });

  test('to where another of its group is', () => {
    const apart = { apartFrom: 'edge-server', etcdOf: null };
    const all = [
      aGuest({ ...apart, memoryMiB: 30_000 }),
      aGuest({ memoryMiB: 30_000, movedSecondsAgo: 0 }),
      aGuest({ ...apart, host: 'b', memoryMiB: 1_000 }),
    ];

    expect(balance(HOSTS, all).moves.map(({ to }) => to)).toEqual(['c']);
  });

  test('while another member of its etcd is on its way', () => {
    const members = guests(8, { etcdOf: 'edge' });

    expect(balance(HOSTS, members).moves).toHaveLength(1);
    expect(balance(HOSTS, members, { moving: [members[0]?.vmid ?? 0] }).moves).toEqual([]);
  });
});

const world = fc.array(
  fc.record({
    host: fc.constantFrom('a', 'b', 'c'),
    memoryMiB: fc.integer({ min: 512, max: 30_000 }),
    etcd: fc.option(fc.constantFrom('one', 'two'), { nil: null }),
  }),
  { maxLength: 40 },
);

describe('in any world', () => {
  const guestsOf = (all: readonly { host: string; memoryMiB: number; etcd: string | null }[]) =>
    all.map(({ host, memoryMiB, etcd }, n) => aGuest({ vmid: n + 1, host, memoryMiB, etcdOf: etcd }));

  test('no move fills a host beyond its limit', () => {
    fc.assert(
      fc.property(world, (all) => {
        const before = guestsOf(all);
        const { moves } = balance(HOSTS, before);
        const after = applied(before, moves);
        for (const { to } of moves) {
          const used = after.filter(({ host }) => host === to).reduce((sum, g) => sum + g.memoryMiB, 0);
          expect(used / 100_000).toBeLessThanOrEqual(DEFAULT_BALANCE.mostFilled);
        }
      }),
    );
  });

  test('asked again and again it comes to rest, and moves no guest twice on the way', () => {
    fc.assert(
      fc.property(world, (all) => {
        let now = guestsOf(all);
        const moved: number[] = [];
        for (let round = 0; round < 30; round += 1) {
          const { moves } = balance(HOSTS, now);
          if (moves.length === 0) break;
          moved.push(...moves.map(({ vmid }) => vmid));
          now = applied(now, moves).map((g) => (moved.includes(g.vmid) ? { ...g, movedSecondsAgo: 0 } : g));
        }
        expect(balance(HOSTS, now).moves).toEqual([]);
        expect(new Set(moved).size).toBe(moved.length);
      }),
    );
  });
});

function applied(
  all: readonly BalanceGuest[],
  moves: readonly { vmid: number; to: string }[],
): BalanceGuest[] {
  return all.map((guest) => {
    const move = moves.find(({ vmid }) => vmid === guest.vmid);
    return move === undefined ? guest : { ...guest, host: move.to };
  });
}
