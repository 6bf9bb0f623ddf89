import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { UPGRADE_STRATEGIES } from '../../../domain/upgrade/upgrade-request.js';
import { KUBELET_SKEW, planHops, type HopsInput } from '../../../domain/upgrade/version-hops.js';

const k3s = (minor: number, patch = 0, build = 1): string => `v1.${minor}.${patch}+k3s${build}`;
const minorOf = (version: string): number => Number(version.split('.')[1]);

const hops = (change: Partial<HopsInput>) =>
  planHops({
    ...{ type: 'K3S', controlPlane: [k3s(32)], workers: [k3s(32)], via: [], strategy: 'ROLLING' },
    target: k3s(33),
    ...change,
  });

describe('the way to another version', () => {
  test('is one hop to the next minor version, and to another build of the same release', () => {
    expect(hops({})).toEqual({ kind: 'ok', hops: [{ version: k3s(33), workers: true }] });
    expect(hops({ target: k3s(32, 0, 2) })).toMatchObject({ kind: 'ok' });
  });

  test('names the minor versions that would be skipped', () => {
    expect(hops({ target: k3s(36), via: [k3s(34)] })).toEqual({ kind: 'missing', minors: [33, 35] });
  });

  test('lets workers that are replaced jump, and those that stay go step by step', () => {
    const via = [k3s(34), k3s(33)];

    expect(hops({ target: k3s(35), via })).toMatchObject({
      hops: [{ workers: false }, { workers: false }, { workers: true }],
    });
    expect(hops({ target: k3s(35), via, strategy: 'IN_PLACE' })).toMatchObject({
      hops: [{ version: k3s(33), workers: true }, { workers: true }, { workers: true }],
    });
  });

  test('brings workers along that an upgrade before has left behind', () => {
    const plan = hops({ controlPlane: [k3s(33)], workers: [k3s(30)], target: k3s(34) });

    expect(plan).toEqual({
      kind: 'ok',
      hops: [
        { version: k3s(33), workers: true },
        { version: k3s(34), workers: true },
      ],
    });
  });

  test.each([
    ['a control plane of which a part is newer', { controlPlane: [k3s(32), k3s(33, 2)] }],
    ['a worker that is newer', { workers: [k3s(33, 0, 2)] }],
    ['a hop behind the target', { via: [k3s(33, 1)] }],
  ])('does not lead back: %s', (_name, change) => {
    expect(hops(change)).toMatchObject({ kind: 'refused' });
  });

  test('always keeps to the policy of version skew', () => {
    const minor = fc.integer({ min: 28, max: 37 });
    const input = fc
      .record({
        from: minor,
        behind: fc.array(fc.integer({ min: 0, max: KUBELET_SKEW }), { maxLength: 4 }),
        to: minor,
        known: fc.uniqueArray(minor, { maxLength: 10 }),
        strategy: fc.constantFrom(...UPGRADE_STRATEGIES),
      })
      .filter(({ from, to }) => to >= from);
    fc.assert(
      fc.property(input, ({ from, behind, to, known, strategy }) => {
        const workers = behind.map((less) => k3s(from - less));
        const via = known.filter((each) => each < to).map((each) => k3s(each, 1));
        const plan = hops({ controlPlane: [k3s(from)], workers, target: k3s(to, 3), via, strategy });
        if (plan.kind !== 'ok') {
          // Only for a minor version of which no release is named.
          const between = Array.from({ length: to - from }, (_, n) => from + n + 1).slice(0, -1);
          expect(plan).toEqual({ kind: 'missing', minors: between.filter((each) => !known.includes(each)) });
          return;
        }
        let api = from;
        let kubelet = Math.min(...workers.map(minorOf), Number.POSITIVE_INFINITY);
        for (const { version, workers: isForWorkers } of plan.hops) {
          expect(minorOf(version) - api).toBeGreaterThanOrEqual(0);
          expect(minorOf(version) - api).toBeLessThanOrEqual(1);
          api = minorOf(version);
          // A control plane that stays where it is may find workers of any age.
          if (version !== k3s(from)) expect(api - kubelet).toBeLessThanOrEqual(KUBELET_SKEW);
          if (isForWorkers) kubelet = Math.min(api, Number.isFinite(kubelet) ? api : kubelet);
        }
        expect(plan.hops.at(-1)).toEqual({ version: k3s(to, 3), workers: true });
      }),
      { numRuns: 2_000 },
    );
  });
});
