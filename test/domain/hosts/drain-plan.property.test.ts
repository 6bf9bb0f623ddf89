import { expect, jest, test } from '@jest/globals';
import * as fc from 'fast-check';
import { planDrain } from '../../../domain/hosts/drain-plan.js';
import type { GuestFacts } from '../../../domain/hosts/guest-facts.js';
import { aHost } from '../../builders/inventory.js';
import { aDrain, aGuest, groupOf, HOSTS, moveFacts } from './drain-worlds.js';

jest.setTimeout(300_000);

/** Up to three clusters, spread as the anti-affinity of their groups has it at first, on hosts of any fullness. */
const world = fc.record({
  clusters: fc.array(
    fc.record({
      servers: fc.uniqueArray(fc.constantFrom(...HOSTS), { minLength: 1, maxLength: 3 }),
      workers: fc.uniqueArray(fc.constantFrom(...HOSTS), { maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 3 },
  ),
  free: fc.tuple(...HOSTS.map(() => fc.integer({ min: 0, max: 20_000 }))),
  allocated: fc.tuple(...HOSTS.map(() => fc.integer({ min: 0, max: 140 }))),
  strangers: fc.array(fc.constantFrom(...HOSTS), { maxLength: 3 }),
  marked: fc.constantFrom(null, ...HOSTS),
  offline: fc.constantFrom(null, ...HOSTS.slice(1)),
});

test('whatever the world, machines of a group stay apart, hosts are not overfilled, and strangers are not moved', () => {
  fc.assert(
    fc.property(world, ({ clusters, free, allocated, strangers, marked, offline }) => {
      let vmid = 100;
      const guests: GuestFacts[] = clusters.flatMap(({ servers, workers }, index) => [
        ...servers.map((host, n) => aGuest(`c${index}-server-${n + 1}`, host, (vmid += 1))),
        ...workers.map((host, n) => aGuest(`c${index}-worker-${n + 1}`, host, (vmid += 1))),
      ]);
      guests.push(...strangers.map((host) => aGuest('other', host, (vmid += 1), { machine: null })));
      const hosts = HOSTS.map((name, index) =>
        aHost({
          name,
          memoryFreeMiB: free[index] ?? 0,
          coresAllocated: allocated[index] ?? 0,
          online: name !== offline,
          drained: name === marked,
        }),
      );

      const plan = planDrain(aDrain(guests, { hosts }));

      const at = new Map(guests.map((guest) => [guest.vmid, guest.host]));
      const freed = new Map(hosts.map(({ name, memoryFreeMiB }) => [name, memoryFreeMiB]));
      for (const { vmid: moved, to, from } of plan.moves) {
        expect(at.get(moved)).toBe(from);
        expect([from, offline, marked]).not.toContain(to);
        at.set(moved, to);
        freed.set(to, (freed.get(to) ?? 0) - moveFacts(moved).memoryMiB);
        // After each single move, and not only at the end.
        const places = guests
          .filter(({ machine }) => machine !== null)
          .map(({ name, vmid: one }) => `${groupKey(name ?? '')} on ${at.get(one)}`);
        expect(new Set(places).size).toBe(places.length);
      }
      for (const room of freed.values()) expect(room).toBeGreaterThanOrEqual(0);
      const here = guests.filter(({ host }) => host === 'hv5').map((guest) => guest.vmid);
      const told = [...plan.moves, ...plan.stays, ...plan.others].map((one) => one.vmid);
      expect(told.toSorted(ascending)).toEqual(here.toSorted(ascending));
      expect(plan.others.map((one) => one.name)).toEqual(plan.others.map(() => 'other'));
    }),
    { numRuns: 2_000 },
  );
});

function groupKey(name: string): string {
  return `${name.split('-')[0] ?? ''}/${groupOf(name).name}`;
}

function ascending(a: number, b: number): number {
  return a - b;
}
