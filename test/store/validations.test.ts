import { expect, test } from '@jest/globals';
import type { ValidationReport } from '../../domain/validation/result.js';
import type { NewValidation } from '../../store/validation-port.js';
import { aStore, ManualClock } from './store-builder.js';

const aValidation = (id: string, change: Partial<NewValidation> = {}): NewValidation => ({
  id,
  cluster: 'edge',
  clusterUid: 'uid-1',
  request: { validationSuite: 'QUICK', categories: ['SECURITY'], remediateIssues: false },
  ...change,
});

const aReport = (measures: Readonly<Record<string, number>> = {}): ValidationReport => ({
  outcome: 'HEALTHY',
  counts: { passed: 1, failed: 0, unknown: 0, skipped: 0 },
  checks: [
    {
      ...{ id: 'load', title: 'a', category: 'PERFORMANCE', severity: 'WARNING', status: 'passed' },
      ...{ evidence: [], remedy: '', remediation: null, measures },
    },
  ],
});

test('validations are numbered among those of clusters of one name, and begun once', async () => {
  const { validations } = await aStore();

  const first = await validations.begin(aValidation('a'));
  const again = await validations.begin(aValidation('a'));
  const second = await validations.begin(aValidation('b', { clusterUid: 'uid-2' }));
  const other = await validations.begin(aValidation('c', { cluster: 'core' }));

  expect([first, again, second, other].map(({ number }) => number)).toEqual([1, 1, 2, 1]);
  expect(first).toMatchObject({ status: 'running', outcome: null, finishedAt: null });
});

test('the first result stands', async () => {
  const clock = new ManualClock();
  const { validations } = await aStore({ now: clock.now });
  await validations.begin(aValidation('a'));
  clock.advance(60);

  await validations.finish('a', aReport());
  await validations.end('a', 'failed', 'too late');
  await validations.finish('a', { ...aReport(), outcome: 'UNHEALTHY' });

  expect(await validations.get('a')).toMatchObject({
    ...{ status: 'finished', outcome: 'HEALTHY', detail: null, finishedAt: '2026-01-01T00:01:00.000Z' },
    report: aReport(),
    request: { validationSuite: 'QUICK', categories: ['SECURITY'], remediateIssues: false },
  });
  expect(await validations.get('unknown')).toBeUndefined();
});

test('one that came to no result says why, and one that never began is forgotten', async () => {
  const { validations } = await aStore();
  await validations.begin(aValidation('a'));
  await validations.begin(aValidation('b'));

  await validations.end('a', 'cancelled', 'a person ended it');
  await validations.abandon('a');
  await validations.abandon('b');

  expect(await validations.get('a')).toMatchObject({
    status: 'cancelled',
    detail: 'a person ended it',
    report: null,
  });
  expect(await validations.get('b')).toBeUndefined();
});

test('the latest hundred of a cluster are kept, and listed from the latest on', async () => {
  const { validations } = await aStore();
  for (let index = 1; index <= 103; index += 1) await validations.begin(aValidation(`v-${index}`));

  const page = await validations.list({ cluster: 'edge', limit: 2 });
  const next = await validations.list({ cluster: 'edge', limit: 200, before: page.at(-1)?.number ?? 0 });

  expect(page.map(({ number }) => number)).toEqual([103, 102]);
  expect(next.map(({ number }) => number)).toEqual(Array.from({ length: 98 }, (_, index) => 101 - index));
});

test('the baseline is the median of the last ten of the same cluster', async () => {
  const { validations } = await aStore();
  const finished = async (id: string, value: number, clusterUid = 'uid-1'): Promise<void> => {
    await validations.begin(aValidation(id, { clusterUid }));
    await validations.finish(id, aReport({ apiLatencyMs: value }));
  };
  expect(await validations.baseline('uid-1')).toEqual({});
  await finished('old', 9_000);
  for (let index = 1; index <= 10; index += 1) await finished(`v-${index}`, index * 10);
  await finished('other', 5, 'uid-2');
  await validations.begin(aValidation('running'));

  expect(await validations.baseline('uid-1')).toEqual({ apiLatencyMs: 50 });
});
