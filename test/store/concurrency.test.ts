import { once } from 'node:events';
import { describe, expect, test } from '@jest/globals';
import { openStore } from '../../store/open-store.js';
import { race, release, startChild, type ChildReport } from './children.js';
import { A_KEY, aDatabasePath, aReservation, aStore } from './store-builder.js';

const CHILD_TEST_TIMEOUT_MS = 240_000;

async function compete(job: 'reserve' | 'lease', path: string, to: number): Promise<ChildReport[]> {
  const children = await Promise.all(['red', 'blue'].map((who) => startChild({ path, job, who, to })));
  return race(children);
}

describe('a store that several processes share', () => {
  test.each(['reserve', 'lease'] as const)(
    'gives two that %s at once, on a file that neither has opened before, all different numbers',
    async (job) => {
      const reports = await compete(job, aDatabasePath(), 100);

      expect(reports.map(({ failed }) => failed)).toEqual([undefined, undefined]);
      expect(new Set(reports.flatMap(({ taken }) => taken ?? [])).size).toBe(100);
    },
    CHILD_TEST_TIMEOUT_MS,
  );

  test(
    'refuses the second of two when one VMID is missing, and keeps nothing of it',
    async () => {
      const path = aDatabasePath();

      const reports = await compete('reserve', path, 99);

      const store = await aStore({ path });
      const kept = [...(await store.machines.ofCluster('red')), ...(await store.machines.ofCluster('blue'))];
      expect(reports.flatMap(({ failed }) => failed ?? [])).toEqual(['VMIDS_EXHAUSTED']);
      expect(new Set(kept.map(({ clusterUid }) => clusterUid)).size).toBe(1);
      expect(kept).toHaveLength(50);
    },
    CHILD_TEST_TIMEOUT_MS,
  );

  test(
    'refuses the second of two when one address is missing, and keeps nothing of it',
    async () => {
      const path = aDatabasePath();

      const reports = await compete('lease', path, 99);

      const store = await aStore({ path });
      const kept = [
        ...(await store.addresses.ofCluster('red')),
        ...(await store.addresses.ofCluster('blue')),
      ];
      expect(reports.flatMap(({ failed }) => failed ?? [])).toEqual(['ADDRESSES_EXHAUSTED']);
      expect(kept).toHaveLength(50);
    },
    CHILD_TEST_TIMEOUT_MS,
  );

  test(
    'has every row that a process was told is committed before it was killed',
    async () => {
      const path = aDatabasePath();
      const child = await startChild({ path, job: 'write', who: 'doomed', to: 0 });
      const committed: string[] = [];
      const exited = once(child, 'exit');
      child.on('message', (report: ChildReport) => {
        if (report.committed !== undefined) committed.push(report.committed);
        if (committed.length === 100) child.kill('SIGKILL');
      });
      release(child);

      await exited;

      const store = await aStore({ path });
      const found = await Promise.all(committed.map((id) => store.operations.get(id)));
      expect(committed.length).toBeGreaterThanOrEqual(100);
      expect(found.map((operation) => operation?.id)).toEqual(committed);
    },
    CHILD_TEST_TIMEOUT_MS,
  );

  test('lets two connections write in turns without either failing', async () => {
    const path = aDatabasePath();
    const [left, right] = [await aStore({ path }), await aStore({ path })];
    const range = { from: 1, to: 1_000 };

    const rows = await Promise.all(
      Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? left : right).machines.reserve(aReservation([`m-${index}`], { range })),
      ),
    );

    expect(new Set(rows.flat().map(({ vmid }) => vmid)).size).toBe(40);
  });

  test('can be opened by many at once while there is no file yet', async () => {
    const path = aDatabasePath();

    const stores = await Promise.all(Array.from({ length: 8 }, () => openStore({ path, secretsKey: A_KEY })));

    await stores[0]?.secrets.put('uid-1', 'join-token', 'x');
    expect(await stores[7]?.secrets.get('uid-1', 'join-token')).toBe('x');
    await Promise.all(stores.map((store) => store.close()));
  });
});
