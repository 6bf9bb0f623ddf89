import { describe, expect, test } from '@jest/globals';
import * as fc from 'fast-check';
import { planRestore, type RestoreSight } from '../../../domain/restore/restore-plan.js';

const sight: fc.Arbitrary<RestoreSight> = fc.record({
  cluster: fc.constant('edge'),
  machines: fc
    .array(
      fc.record({
        role: fc.constantFrom('CONTROL_PLANE', 'WORKER', 'SERVICE'),
        sight: fc.constantFrom('running', 'stopped', 'unfinished', 'gone'),
      }),
      { maxLength: 9 },
    )
    .map((machines) => machines.map((machine, index) => ({ ...machine, name: `m-${index}` }))),
  etcd: fc.constantFrom('quorum', 'no-quorum', 'unknown'),
  confirm: fc.constantFrom(null, 'edge', 'other'),
});

const serversOf = ({ machines }: RestoreSight) => machines.filter(({ role }) => role === 'CONTROL_PLANE');

describe('what a restore does', () => {
  test('with each machine is one thing: it stays, or it is made anew', () => {
    fc.assert(
      fc.property(sight, (seen) => {
        const verdict = planRestore(seen);
        if (verdict.kind === 'refused') return;
        const { keep, make, start, first } = verdict.plan;
        expect([...keep, ...make].toSorted()).toEqual(seen.machines.map(({ name }) => name).toSorted());
        expect(keep).toEqual(expect.arrayContaining([...start]));
        expect(first).toBe(serversOf(seen)[0]?.name);
        for (const { name, sight: found } of seen.machines) {
          expect(make.includes(name)).toBe(found === 'gone' || found === 'unfinished');
        }
      }),
    );
  });

  test('never sets a cluster back that may be working, unless its name is confirmed', () => {
    fc.assert(
      fc.property(sight, (seen) => {
        const servers = serversOf(seen);
        const running = servers.filter((machine) => machine.sight === 'running').length;
        const mayWork = running > servers.length / 2 && seen.etcd !== 'no-quorum';
        const isDone = planRestore(seen).kind === 'ok';
        expect(isDone).toBe(servers.length > 0 && (!mayWork || seen.confirm === 'edge'));
      }),
    );
  });

  test('is refused where nothing is remembered of a control plane', () => {
    const seen = { cluster: 'edge', machines: [], etcd: 'no-quorum', confirm: 'edge' } as const;

    expect(planRestore(seen)).toMatchObject({ kind: 'refused', code: 'RESTORE_NOT_POSSIBLE' });
  });

  test('says how many members run where a confirmation is missing', () => {
    const member = (name: string, found: 'running' | 'gone') =>
      ({ name, role: 'CONTROL_PLANE', sight: found }) as const;
    const machines = [member('a', 'running'), member('b', 'running'), member('c', 'gone')];

    expect(planRestore({ cluster: 'edge', machines, etcd: 'unknown', confirm: null })).toMatchObject({
      code: 'RESTORE_NOT_CONFIRMED',
      detail: expect.stringMatching(/^2 of 3 .* does not answer, and may have a quorum/),
    });
  });
});
