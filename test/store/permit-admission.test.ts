import { describe, expect, test } from '@jest/globals';
import { array, assert, constantFrom, integer, property, record, uniqueArray } from 'fast-check';
import { admit, turnOf, type PermitRequest } from '../../store/permit-admission.js';

let seq = 0;

function aRequest(
  owner: string,
  keys: readonly string[],
  change: Partial<PermitRequest> = {},
): PermitRequest {
  seq += 1;
  const limits = keys.map((key) => ({ key, most: 1 }));
  return { seq, owner, rank: 0, limits, state: 'waiting', overtaken: 0, ...change };
}

function many(count: number, owner: string, keys: readonly string[]): PermitRequest[] {
  return Array.from({ length: count }, () => aRequest(owner, keys));
}

/** Serves until nobody waits, each for a moment. @returns the owners in the order in which they were served. */
function serve(requests: readonly PermitRequest[]): string[] {
  const served: string[] = [];
  let waiting = requests;
  const turns = new Map<string, number>();
  while (waiting.length > 0) {
    const admission = admit(waiting, turns);
    expect(admission.admitted.length).toBeGreaterThan(0);
    for (const { owner, limits } of admission.admitted) {
      served.push(owner);
      for (const { key } of limits) turns.set(turnOf(key, owner), served.length);
    }
    waiting = admission.waiting.map(({ request, overtaken }) => ({ ...request, overtaken }));
  }
  return served;
}

describe('fairness', () => {
  test('a cluster with one request does not wait for the hundred of another', () => {
    const served = serve([...many(100, 'large', ['storage']), aRequest('small', ['storage'])]);

    expect(served.indexOf('small')).toBe(1);
    expect(served).toHaveLength(101);
  });

  test('two clusters with many requests take turns', () => {
    const served = serve([...many(4, 'red', ['storage']), ...many(4, 'blue', ['storage'])]);

    expect(served).toEqual(['red', 'blue', 'red', 'blue', 'red', 'blue', 'red', 'blue']);
  });

  test('who holds fewer goes first, even if served later', () => {
    const two = [{ key: 'storage', most: 3 }];
    const requests = [
      aRequest('red', [], { limits: two, state: 'held' }),
      aRequest('red', [], { limits: two, state: 'held' }),
      aRequest('red', [], { limits: two }),
      aRequest('blue', [], { limits: two }),
    ];

    const { admitted, waiting } = admit(requests, new Map([[turnOf('storage', 'blue'), 9]]));

    expect(admitted.map(({ owner }) => owner)).toEqual(['blue']);
    expect(waiting).toMatchObject([{ request: { owner: 'red' }, key: 'storage', ahead: 0 }]);
  });

  test('requests of one cluster are served as they came', () => {
    const requests = many(5, 'red', ['storage']);

    const { admitted, waiting } = admit(requests, new Map());

    expect(admitted).toEqual([requests[0]]);
    expect(waiting.map(({ request, ahead }) => [request, ahead])).toEqual(
      requests.slice(1).map((request, index) => [request, index]),
    );
  });
});

describe('rank', () => {
  test('decides among the requests of one cluster, whichever came first', () => {
    const requests = [2, 0, 1].map((rank) => aRequest('red', ['storage'], { rank }));

    const { admitted, waiting } = admit(requests, new Map());

    expect(admitted.map(({ rank }) => rank)).toEqual([0]);
    expect(waiting.map(({ request: { rank }, ahead }) => [rank, ahead])).toEqual([
      [1, 0],
      [2, 1],
    ]);
  });

  test('is nothing to other clusters: they take turns', () => {
    const served = serve([
      ...[0, 0, 0].map((rank) => aRequest('red', ['storage'], { rank })),
      ...[5, 5].map((rank) => aRequest('blue', ['storage'], { rank })),
    ]);

    expect(served).toEqual(['red', 'blue', 'red', 'blue', 'red']);
  });

  test('keeps nobody waiting for ever', () => {
    const last = aRequest('red', ['storage'], { rank: 9, overtaken: 4 });
    const requests = [last, aRequest('red', ['storage'])];

    expect(admit(requests, new Map()).admitted).toEqual([last]);
  });
});

describe('several keys at once', () => {
  test('are got all or none, and nobody is kept from what nobody before it can use', () => {
    const held = aRequest('red', ['b'], { state: 'held' });
    const both = aRequest('red', ['a', 'b']);
    const one = aRequest('blue', ['a']);

    const { admitted, waiting } = admit([held, both, one], new Map());

    expect(admitted).toEqual([one]);
    expect(waiting).toMatchObject([{ request: both, key: 'a', overtaken: 1 }]);
  });

  test('are kept free for one that was passed by too often', () => {
    const held = aRequest('red', ['b'], { state: 'held' });
    const both = aRequest('red', ['a', 'b'], { overtaken: 8 });
    const one = aRequest('blue', ['a']);

    const { admitted, waiting } = admit([held, both, one], new Map());

    expect(admitted).toEqual([]);
    expect(waiting.map(({ request, key, ahead }) => [request, key, ahead])).toEqual([
      [both, 'b', 0],
      [one, 'a', 1],
    ]);
  });
});

/** What is asked for: by whom, which keys, and for how many rounds it is held. */
const script = array(
  record({
    owner: constantFrom('red', 'green', 'blue'),
    rank: integer({ min: 0, max: 3 }),
    keys: uniqueArray(constantFrom('a', 'b', 'c'), { minLength: 1, maxLength: 3 }),
    rounds: integer({ min: 1, max: 4 }),
    at: integer({ min: 0, max: 20 }),
  }),
  { minLength: 1, maxLength: 40 },
);
const MOST = { a: 1, b: 2, c: 3 } as const;

test('whatever is asked for, no key is held too often, no place is left empty for nothing, all are served', () => {
  assert(
    property(script, (wishes) => {
      const live = new Map<number, { request: PermitRequest; rounds: number; until: number }>();
      const turns = new Map<string, number>();
      let servedCount = 0;
      for (let round = 0; servedCount < wishes.length || live.size > 0; round += 1) {
        if (round > 20 + wishes.length * 8) throw new Error('somebody is not served');
        for (const [id, { until, request }] of live)
          if (request.state === 'held' && until <= round) live.delete(id);
        for (const [index, { owner, rank, keys, rounds, at }] of wishes.entries()) {
          if (at !== round) continue;
          const limits = keys.map((key) => ({ key, most: MOST[key] }));
          const request = {
            seq: index + 1000 * round,
            owner,
            rank,
            limits,
            state: 'waiting',
            overtaken: 0,
          } as const;
          live.set(index, { request, rounds, until: 0 });
        }
        const { admitted, waiting } = admit(
          [...live.values()].map(({ request }) => request),
          turns,
        );
        for (const entry of live.values()) {
          const now = waiting.find(({ request }) => request === entry.request);
          if (now !== undefined) entry.request = { ...entry.request, overtaken: now.overtaken };
          else if (entry.request.state === 'waiting') {
            expect(admitted).toContain(entry.request);
            entry.request = { ...entry.request, state: 'held' };
            entry.until = round + entry.rounds;
            servedCount += 1;
            for (const { key } of entry.request.limits)
              turns.set(turnOf(key, entry.request.owner), servedCount);
          }
        }
        const holding = [...live.values()].filter(({ request }) => request.state === 'held');
        const held = (key: string): number =>
          holding.filter(({ request }) => request.limits.some((limit) => limit.key === key)).length;
        for (const [key, most] of Object.entries(MOST)) expect(held(key)).toBeLessThanOrEqual(most);
        // Unless places are kept for one that was passed by too often, nobody waits who could go on.
        if (waiting.every(({ overtaken }) => overtaken < 4)) {
          for (const { request } of waiting)
            expect(request.limits.some(({ key, most }) => held(key) >= most)).toBe(true);
        }
      }
    }),
    { numRuns: 200 },
  );
});

test('one that needs two keys is served although others never let both be free at once', () => {
  // Two owners hold "a" and "b" in turns, so that one of them is always held, and always wait for more.
  const hungry = aRequest('hungry', ['a', 'b']);
  let live: PermitRequest[] = [aRequest('red', ['a']), aRequest('blue', ['b']), hungry];
  const turns = new Map<string, number>();
  let round = 0;
  for (
    ;
    !live.some(({ seq: at, state }) => at === hungry.seq && state === 'held') && round < 200;
    round += 1
  ) {
    const { admitted, waiting } = admit(live, turns);
    for (const { owner, limits } of admitted)
      for (const { key } of limits) turns.set(turnOf(key, owner), round + 1);
    const [owner, key] = round % 2 === 0 ? (['red', 'a'] as const) : (['blue', 'b'] as const);
    live = [
      ...live.filter(({ state }) => state === 'held').filter((held) => held.owner !== owner),
      ...admitted.map((request) => ({ ...request, state: 'held' as const })),
      ...waiting.map(({ request, overtaken }) => ({ ...request, overtaken })),
      aRequest(owner, [key]),
    ];
  }

  expect(round).toBeLessThan(100);
});
