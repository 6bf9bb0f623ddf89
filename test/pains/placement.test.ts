/** Where machines are put, and when they are put elsewhere. */
import { describe, expect, test } from '@jest/globals';
import { createLedgerActivities } from '../../activities/ledger/activities.js';
import type { AntiAffinity } from '../../domain/cluster-definition.js';
import type { HostFacts } from '../../domain/inventory.js';
import type { Plan } from '../../domain/plan.js';
import { balance, DEFAULT_BALANCE, type BalanceGuest, type BalanceHost } from '../../placement/rebalance.js';
import { aClusterOf, aDefinition, aNodeGroup } from '../builders/definition.js';
import { aHost, anInventory } from '../builders/inventory.js';
import { aPlan } from '../builders/plan.js';
import { aStore } from '../store/store-builder.js';

const hostsOf = ({ machines }: Plan): string[] => machines.map(({ host }) => host);

describe('a host is chosen', () => {
  test('for what it has least of: not for its memory when its processors are taken', () => {
    const busy = (coresAllocated: number) =>
      aHost({ name: 'hv5', memoryFreeMiB: 120_000, cores: 32, coresAllocated });
    const other = aHost({ name: 'hv6', memoryFreeMiB: 30_000 });
    const planOn = (hosts: readonly HostFacts[]) =>
      aPlan(aClusterOf(1, 0), { inventory: anInventory({ hosts }) });

    expect(hostsOf(planOn([busy(120), other]))).toEqual(['hv6']);
    expect(() => planOn([busy(127)])).toThrow(
      expect.objectContaining({
        code: 'PLAN_INFEASIBLE',
        message: expect.stringContaining('room for 1 more virtual processors'),
      }),
    );
  });

  test.each([
    ['a small one is not filled before a large one', 131_000, ['hv6', 'hv6', 'hv6', 'hv6']],
    ['a large one is not filled to the brim', 20_000, ['hv5', 'hv5', 'hv5', 'hv6']],
  ])('by the share that is left of it: %s', (_what, memoryFreeMiB, expected) => {
    const inventory = anInventory({
      hosts: [
        aHost({ name: 'hv5', memoryMiB: 16_384, memoryFreeMiB: 16_000 }),
        aHost({ name: 'hv6', memoryMiB: 131_072, memoryFreeMiB }),
      ],
    });

    expect(hostsOf(aPlan(aClusterOf(1, 3), { inventory }))).toEqual(expected);
  });

  test('by one of two runs only, when both saw the same memory free', async () => {
    const store = await aStore();
    const ledger = createLedgerActivities({
      ...{ store, vmidRange: { from: 20_000, to: 20_099 }, isoStorage: 'local', imageKeepDays: 30 },
      k3sInstallUrl: 'https://get.k3s.io',
    });
    const hosts: readonly HostFacts[] = [aHost({ name: 'hv5', memoryFreeMiB: 10_000 })];
    const reserve = (cluster: string) =>
      ledger.reserveMachines({
        clusterUid: cluster,
        cluster,
        network: aDefinition().network,
        machines: [
          { name: `${cluster}-1`, host: 'hv5', uuid: cluster, address: '10.1.107.100', memoryMiB: 6_000 },
        ],
        avoid: [],
        capacity: { hosts, runningVmids: [] },
      });

    const results = await Promise.allSettled([reserve('red'), reserve('blue')]);

    const refused = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refused).toMatchObject([{ code: 'PLACEMENT_OUTDATED' }]);
  });
});

describe('the servers of a control plane', () => {
  const servers = (antiAffinity: AntiAffinity) => {
    const group = aNodeGroup();
    return aDefinition({
      nodeGroups: [
        {
          ...group,
          count: 3,
          template: { ...group.template, imageSource: 'ceph-vm:9002/ubuntu-24.04-template' },
          placement: { ...group.placement, antiAffinity },
        },
      ],
    });
  };
  const two = anInventory({ hosts: [aHost({ name: 'hv5' }), aHost({ name: 'hv6' })] });

  test.each(['SOFT', 'HARD'] as const)('are on as many hosts, however empty one of them is (%s)', (how) => {
    const hosts = ['hv6', 'hv7'].map((name) => aHost({ name, memoryFreeMiB: 8_000 }));
    const inventory = anInventory({ hosts: [aHost({ name: 'hv5', memoryFreeMiB: 130_000 }), ...hosts] });

    expect(new Set(hostsOf(aPlan(servers(how), { inventory })))).toEqual(new Set(['hv5', 'hv6', 'hv7']));
  });

  test('are not planned at all on too few hosts, when each is to have its own', () => {
    expect(() => aPlan(servers('HARD'), { inventory: two })).toThrow(
      expect.objectContaining({
        code: 'PLAN_INFEASIBLE',
        message: expect.stringContaining('it already has a machine of group "server"'),
      }),
    );
  });

  test('are planned with a warning where one host would take the quorum with it', () => {
    const { warnings } = aPlan(servers('SOFT'), { inventory: two });

    expect(warnings).toEqual([expect.stringMatching(/2 of 3 control-plane machines are on hv\d/)]);
  });
});

describe('machines are moved to balance hosts', () => {
  const HOSTS: readonly BalanceHost[] = ['hv5', 'hv6', 'hv7'].map((name) => ({
    name,
    online: true,
    memoryMiB: 128_000,
  }));
  const guests = (counts: readonly [number, number, number], memoryMiB = 6_000): BalanceGuest[] =>
    counts.flatMap((count, index) =>
      Array.from({ length: count }, (_, n) => ({
        vmid: 100 * (index + 1) + n,
        host: HOSTS[index]?.name ?? '',
        memoryMiB,
        allowedHosts: HOSTS.map(({ name }) => name),
        movedSecondsAgo: null,
        // One member of the same etcd on each host.
        etcdOf: n === 0 ? 'edge' : null,
        apartFrom: n === 0 ? 'edge-server' : null,
      })),
    );

  test('not for a small difference: sixteen machines of which one host has a few more all stay', () => {
    expect(balance(HOSTS, guests([7, 5, 4])).moves).toEqual([]);
  });

  test('a few at a time and each once, until they are at rest; nobody is moved back and forth', () => {
    let now = guests([14, 2, 0]);
    const moved: number[] = [];
    const rounds: number[] = [];
    while (rounds.at(-1) !== 0 && rounds.length < 20) {
      const { moves } = balance(HOSTS, now);
      rounds.push(moves.length);
      for (const { vmid, to } of moves) {
        moved.push(vmid);
        now = now.map((guest) => (guest.vmid === vmid ? { ...guest, host: to, movedSecondsAgo: 60 } : guest));
      }
    }

    expect(rounds.at(-1)).toBe(0);
    expect(Math.max(...rounds)).toBeLessThanOrEqual(DEFAULT_BALANCE.mostMoves);
    expect(new Set(moved).size).toBe(moved.length);
    // Six leave eight, four and four: no fewer would do, and no more are needed.
    expect(moved).toHaveLength(6);
  });

  test('never beyond the memory that a host can give when all of it is used', () => {
    const full = guests([20, 17, 17]).map((guest) => ({ ...guest, memoryMiB: 6_300 }));
    const policy = { ...DEFAULT_BALANCE, beginAt: 0.05, endAt: 0, leastGain: 0.01 };

    expect(balance(HOSTS, full, { policy }).moves).toEqual([]);
  });

  test('one member of an etcd at a time', () => {
    const apart = guests([14, 2, 0]).map((guest) => ({ ...guest, etcdOf: 'edge' }));
    const [{ vmid } = { vmid: 0 }] = apart;

    expect(balance(HOSTS, apart).moves).toHaveLength(1);
    expect(balance(HOSTS, apart, { moving: [vmid] }).moves).toEqual([]);
  });

  test('none to where another of its control plane is, though that host is the emptiest', () => {
    const [one, other, third] = guests([1, 1, 1]) as [BalanceGuest, BalanceGuest, BalanceGuest];
    const resting = { etcdOf: null, apartFrom: null, movedSecondsAgo: 0 };
    const all = [
      { ...one, memoryMiB: 50_000 },
      { ...one, ...resting, vmid: 999, memoryMiB: 50_000 },
      { ...other, memoryMiB: 1_000 },
      { ...third, ...resting, memoryMiB: 20_000 },
    ];

    expect(balance(HOSTS, all).moves).toMatchObject([{ vmid: one.vmid, to: 'hv7' }]);
  });

  test('not while Proxmox VE does so itself', () => {
    expect(balance(HOSTS, guests([14, 2, 0]), { ownedByProxmox: true }).moves).toEqual([]);
  });
});
