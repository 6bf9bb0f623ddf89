import { describe, expect, test } from '@jest/globals';
import { planDrain } from '../../../domain/hosts/drain-plan.js';
import { aHost } from '../../builders/inventory.js';
import { aDrain, aGuest, groupOf, HOSTS, moveFacts } from './drain-worlds.js';

describe('the plan of a drain', () => {
  test('goes through one cluster after the other, workers first, and what serves the others last', () => {
    const guests = [
      aGuest('b-server-1', 'hv5', 1),
      aGuest('a-lb-1', 'hv5', 2),
      aGuest('a-server-1', 'hv5', 3),
      aGuest('a-worker-1', 'hv5', 4),
      aGuest('a-worker-2', 'hv6', 5),
    ];

    const { moves, stays } = planDrain(aDrain(guests));

    expect(moves.map(({ machine }) => machine)).toEqual(['a-worker-1', 'a-server-1', 'a-lb-1', 'b-server-1']);
    expect(moves[0]).toMatchObject({ from: 'hv5', to: 'hv7', mode: 'LIVE', clusterUid: 'uid-a' });
    expect(stays).toEqual([]);
  });

  test('never names a guest of others among those that move', () => {
    const guests = [
      aGuest('a-server-1', 'hv5', 1, { machine: null }),
      aGuest('router', 'hv5', 2, { machine: null, kind: 'lxc' }),
      aGuest('template', 'hv5', 3, { machine: null, isTemplate: true }),
    ];

    const plan = planDrain(aDrain(guests));

    expect(plan.moves).toEqual([]);
    expect(plan.others.map(({ vmid, kind }) => [vmid, kind])).toEqual([
      [1, 'qemu'],
      [2, 'lxc'],
    ]);
  });

  test.each([
    [{ localMedia: ['local:iso/a.iso'] }, 'local:iso/a.iso'],
    [{ localResources: ['hostpci0'] }, 'hostpci0'],
    [{ companions: ['vm:900'] }, 'vm:900'],
    [{ isHaManaged: true, localDisks: ['local-zfs:vm-1-disk-0'] }, 'high availability manages it'],
  ])('leaves a machine where it is for %j, and says so', (change, words) => {
    const guests = [aGuest('a-worker-1', 'hv5', 1)];

    const plan = planDrain(aDrain(guests, { facts: [moveFacts(1, change)] }));

    expect(plan.moves).toEqual([]);
    expect(plan.stays).toEqual([
      { cluster: 'a', machine: 'a-worker-1', vmid: 1, reason: expect.stringContaining(words) },
    ]);
  });

  test('shuts down what has local disks, and warns of it; what is off is moved as it is', () => {
    const guests = [aGuest('a-worker-1', 'hv5', 1), aGuest('b-worker-1', 'hv5', 2, { isRunning: false })];
    const facts = [1, 2].map((vmid) => moveFacts(vmid, { localDisks: [`local-zfs:vm-${vmid}-disk-0`] }));

    const plan = planDrain(aDrain(guests, { facts }));

    expect(plan.moves.map(({ mode, isRunning }) => [mode, isRunning])).toEqual([
      ['OFFLINE', true],
      ['OFFLINE', false],
    ]);
    expect(plan.warnings).toEqual([expect.stringContaining('a-worker-1 is shut down')]);
  });

  test('says for each host why a machine cannot go there', () => {
    const guests = [aGuest('a-server-1', 'hv5', 1), aGuest('a-server-2', 'hv6', 2)];
    const hosts = HOSTS.map((name) => aHost({ name, drained: name === 'hv7' }));
    const facts = [moveFacts(1, { refusedBy: { hv8: 'it lacks the storage ceph-vm' } })];

    const { stays } = planDrain(aDrain(guests, { hosts, facts }));

    expect(stays[0]?.reason).toBe(
      'no host will do: hv5: it is the one that is drained; hv6: it already has a machine of group "server"; ' +
        'hv7: it is drained, too; hv8: it lacks the storage ceph-vm',
    );
  });

  test('keeps to the clusters and targets that were asked for, and to the targetNodes of the group', () => {
    const guests = [aGuest('a-worker-1', 'hv5', 1), aGuest('b-worker-1', 'hv5', 2)];
    const request = { clusters: ['b'], targets: ['hv8'] };

    expect(planDrain(aDrain(guests, { request })).moves).toMatchObject([
      { machine: 'b-worker-1', to: 'hv8' },
    ]);
    const pinned = aDrain(guests, { groupOf: (_, machine) => groupOf(machine, { targetNodes: ['hv5'] }) });
    expect(planDrain(pinned).stays.map(({ machine }) => machine)).toEqual(['a-worker-1', 'b-worker-1']);
  });

  test('leaves what is being made to the run that makes it', () => {
    const guest = aGuest('a-worker-1', 'hv5', 1);
    const made = { ...guest, machine: guest.machine && { ...guest.machine, isMade: false } };

    expect(planDrain(aDrain([made])).stays[0]?.reason).toContain('it is being made');
  });
});
