import { expect, test } from '@jest/globals';
import { anOperation, aStore, ManualClock } from './store-builder.js';

test('the same key with the same request finds the first operation', async () => {
  const { operations } = await aStore();
  const first = await operations.begin(anOperation());

  const second = await operations.begin(anOperation({ id: 'provision-2' }));

  expect(first).toMatchObject({ id: 'provision-1', status: 'requested' });
  expect(second).toEqual(first);
  expect(await operations.get('provision-2')).toBeUndefined();
});

test('the same key with another request is refused', async () => {
  const { operations } = await aStore();
  await operations.begin(anOperation());

  const second = operations.begin(anOperation({ id: 'provision-2', requestHash: 'b'.repeat(64) }));

  await expect(second).rejects.toMatchObject({ code: 'IDEMPOTENCY_KEY_REUSED' });
});

test('of many that come at once with the same key one begins and the others find it', async () => {
  const { operations } = await aStore();

  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, index) => operations.begin(anOperation({ id: `provision-${index}` }))),
  );

  const ids = new Set(answers.map(({ id }) => id));
  const recorded = await Promise.all(
    Array.from({ length: 20 }, (_, index) => operations.get(`provision-${index}`)),
  );
  expect(ids.size).toBe(1);
  expect(recorded.filter((operation) => operation !== undefined)).toHaveLength(1);
});

test('operations without a key stand side by side', async () => {
  const { operations } = await aStore();
  await operations.begin(anOperation({ idempotencyKey: null }));

  const second = await operations.begin(anOperation({ id: 'provision-2', idempotencyKey: null }));

  expect(second.id).toBe('provision-2');
});

test('an operation that is recorded again by its id, because the answer was lost, is found', async () => {
  const { operations } = await aStore();
  const first = await operations.begin(anOperation({ idempotencyKey: null }));
  await operations.accept('provision-1');

  const again = await operations.begin(anOperation({ idempotencyKey: null }));

  expect(again).toEqual({ ...first, status: 'running' });
});

test('the key of an abandoned operation can be used for another request', async () => {
  const { operations } = await aStore();
  await operations.begin(anOperation());
  await operations.abandon('provision-1');

  const second = await operations.begin(anOperation({ id: 'provision-2', requestHash: 'b'.repeat(64) }));

  expect(second.id).toBe('provision-2');
});

test('an operation that was accepted is not abandoned', async () => {
  const { operations } = await aStore();
  await operations.begin(anOperation());
  await operations.accept('provision-1');

  await operations.abandon('provision-1');

  expect(await operations.get('provision-1')).toMatchObject({ status: 'running' });
});

test('the first outcome of an operation stands, and it is not abandoned any more', async () => {
  const clock = new ManualClock();
  const { operations } = await aStore({ now: clock.now });
  await operations.begin(anOperation());
  clock.advance(60);
  await operations.finish('provision-1', 'succeeded', null);
  clock.advance(60);

  await operations.finish('provision-1', 'failed', 'late');
  await operations.abandon('provision-1');

  expect(await operations.get('provision-1')).toEqual({
    ...anOperation(),
    status: 'succeeded',
    detail: null,
    createdAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:01:00.000Z',
  });
});
