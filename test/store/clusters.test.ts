import { expect, test } from '@jest/globals';
import { aCluster, aStore } from './store-builder.js';
import { aDefinition } from '../builders/definition.js';

const SECOND_LIFE = '2026-02-01T00:00:00.000Z';

test('a record that is put again replaces the one of the same uid', async () => {
  const { clusters } = await aStore();
  await clusters.put(aCluster());

  await clusters.put(aCluster({ phase: 'FAILED', failure: 'no host' }));

  expect(await clusters.get('edge')).toEqual(aCluster({ phase: 'FAILED', failure: 'no host' }));
  expect(await clusters.list({ includeGone: true, limit: 10 })).toHaveLength(1);
});

test('the newest record of a name is found, also when it is GONE', async () => {
  const { clusters } = await aStore();
  await clusters.put(aCluster({ uid: 'second', createdAt: SECOND_LIFE, phase: 'GONE' }));
  await clusters.put(aCluster({ uid: 'first' }));

  const found = await clusters.get('edge');

  expect(found?.uid).toBe('second');
});

test('of two records of the same instant the one that was put last is the newer', async () => {
  const { clusters } = await aStore();
  await clusters.put(aCluster({ uid: 'first' }));
  await clusters.put(aCluster({ uid: 'second' }));

  expect((await clusters.get('edge'))?.uid).toBe('second');
  expect((await clusters.list({ includeGone: false, limit: 10 })).map(({ uid }) => uid)).toEqual(['second']);
});

test('a cluster that is gone is listed only when asked for, and does not bring its earlier life back', async () => {
  const { clusters } = await aStore();
  await clusters.put(aCluster({ uid: 'first', phase: 'FAILED' }));
  await clusters.put(aCluster({ uid: 'second', createdAt: SECOND_LIFE, phase: 'GONE' }));

  expect(await clusters.list({ includeGone: false, limit: 10 })).toEqual([]);
  expect((await clusters.list({ includeGone: true, limit: 10 })).map(({ uid }) => uid)).toEqual(['second']);
});

test('a definition comes back as it was, whatever characters and keys it has', async () => {
  const { clusters } = await aStore();
  const platformConfig = {
    ...aDefinition().platformConfig,
    snake_case: { camelCase: '\u0000"\u{1f600}' },
  };
  const definition = aDefinition({ platformConfig });

  await clusters.put(aCluster({ definition }));

  expect((await clusters.get('edge'))?.definition).toEqual(definition);
});

test('1,000 clusters are paged through by name', async () => {
  const { clusters } = await aStore();
  const names = Array.from({ length: 1_000 }, (_, index) => `c-${String(index).padStart(4, '0')}`);
  for (const name of names.toReversed()) await clusters.put(aCluster({ uid: name, name }));
  const seen: string[] = [];

  for (let after: string | undefined; seen.length < names.length; after = seen.at(-1)) {
    const page = await clusters.list({
      includeGone: false,
      limit: 100,
      ...(after === undefined ? {} : { after }),
    });
    expect(page).toHaveLength(100);
    seen.push(...page.map(({ name }) => name));
  }

  expect(seen).toEqual(names);
});
