import { describe, expect, test } from '@jest/globals';
import { array, assert, constantFrom, integer, oneof, property, record } from 'fast-check';
import { CircuitBreaker, type BreakerState } from '../../../activities/proxmox/circuit-breaker.js';

const THRESHOLD = 5;
const RESET_MS = 60_000;

function aBreaker() {
  let time = 0;
  const changes: string[] = [];
  const breaker = new CircuitBreaker({
    failureThreshold: THRESHOLD,
    resetTimeoutMs: RESET_MS,
    now: () => time,
    onChange: (from, to) => changes.push(`${from} -> ${to}`),
  });
  const fail = (times: number): void => {
    for (let index = 0; index < times; index += 1) breaker.enter()?.failed();
  };
  return { breaker, changes, fail, advance: (ms: number) => (time += ms) };
}

describe('a circuit breaker', () => {
  test('opens at the fifth failure in a row, and lets nothing pass for a minute', () => {
    const { breaker, fail, advance, changes } = aBreaker();

    fail(4);
    expect(breaker.state).toBe('CLOSED');
    fail(1);
    expect(breaker).toMatchObject({ state: 'OPEN', waitMs: RESET_MS });
    advance(RESET_MS - 1);
    expect(breaker.enter()).toBeUndefined();
    expect(breaker.waitMs).toBe(1);
    expect(changes).toEqual(['CLOSED -> OPEN']);
  });

  test('counts failures in a row: a success begins anew', () => {
    const { breaker, fail } = aBreaker();

    fail(4);
    breaker.enter()?.succeeded();
    fail(4);

    expect(breaker.state).toBe('CLOSED');
  });

  test.each([
    ['closes with its success', 'succeeded', 'CLOSED'],
    ['opens again with its failure, for as long', 'failed', 'OPEN'],
  ] as const)('then lets one call pass, alone, and %s', (_what, outcome, state) => {
    const { breaker, fail, advance, changes } = aBreaker();
    fail(5);
    advance(RESET_MS);

    const probe = breaker.enter();
    expect(breaker.state).toBe('HALF_OPEN');
    expect(breaker.enter()).toBeUndefined();
    probe?.[outcome]();

    expect(breaker.state).toBe(state);
    expect(breaker.waitMs).toBe(state === 'OPEN' ? RESET_MS : 0);
    expect(changes).toEqual(['CLOSED -> OPEN', 'OPEN -> HALF_OPEN', `HALF_OPEN -> ${state}`]);
  });

  test('lets another try when the one that tried was given up', () => {
    const { breaker, fail, advance } = aBreaker();
    fail(5);
    advance(RESET_MS);

    breaker.enter()?.abandoned();

    expect(breaker.state).toBe('HALF_OPEN');
    expect(breaker.enter()).toBeDefined();
    expect(breaker.enter()).toBeUndefined();
  });

  test('does not believe calls that passed before it opened', () => {
    const { breaker, fail, advance } = aBreaker();
    const [early, late] = [breaker.enter(), breaker.enter()];
    fail(5);

    early?.succeeded();
    expect(breaker.state).toBe('OPEN');
    advance(RESET_MS);
    const probe = breaker.enter();
    late?.failed();
    expect(breaker.state).toBe('HALF_OPEN');
    probe?.succeeded();

    expect(breaker.state).toBe('CLOSED');
  });
});

const step = oneof(
  record({ kind: constantFrom('enter' as const) }),
  record({
    kind: constantFrom('report' as const),
    which: integer({ min: 0, max: 20 }),
    outcome: constantFrom('succeeded' as const, 'failed' as const, 'abandoned' as const),
  }),
  record({ kind: constantFrom('wait' as const), ms: integer({ min: 0, max: 2 * RESET_MS }) }),
);

const ALLOWED = new Set(['CLOSED -> OPEN', 'OPEN -> HALF_OPEN', 'HALF_OPEN -> CLOSED', 'HALF_OPEN -> OPEN']);

test('whatever happens, it passes nothing while open, one at a time while half open, and lets somebody try again', () => {
  assert(
    property(array(step, { maxLength: 200 }), (steps) => {
      const { breaker, advance, changes } = aBreaker();
      const underWay: { pass: NonNullable<ReturnType<CircuitBreaker['enter']>>; during: BreakerState }[] = [];
      let wasOpenFor = 0;
      for (const at of steps) {
        if (at.kind === 'wait') {
          advance(at.ms);
          if (breaker.state === 'OPEN') wasOpenFor += at.ms;
        } else if (at.kind === 'enter') {
          const before = breaker.state;
          const pass = breaker.enter();
          if (before === 'OPEN') expect(pass !== undefined).toBe(wasOpenFor >= RESET_MS);
          if (before === 'CLOSED') expect(pass).toBeDefined();
          if (pass !== undefined) underWay.push({ pass, during: breaker.state });
        } else {
          const [reported] = underWay.splice(at.which, 1);
          const before = breaker.state;
          reported?.pass[at.outcome]();
          if (before !== 'OPEN' && breaker.state === 'OPEN') wasOpenFor = 0;
          // Who passed while it was closed has no say any more once it is half open.
          if (before === 'HALF_OPEN' && reported?.during === 'CLOSED') expect(breaker.state).toBe(before);
        }
        for (const change of changes) expect(ALLOWED).toContain(change);
      }
      for (const { pass } of underWay) pass.abandoned();
      advance(RESET_MS);
      expect(breaker.enter()).toBeDefined();
    }),
  );
});
