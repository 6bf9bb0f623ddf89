/** Accepting an operation at most once: what was asked for is written down before it is started. */
import type { Request } from 'express';
import { createHash, randomUUID } from 'node:crypto';
import { ClusterwrightError, fail } from '../domain/errors.js';
import type { OperationRecord } from '../store/store.js';
import type { ApiDependencies } from './dependencies.js';

const KEY_PATTERN = /^[\x21-\x7e]{1,200}$/;

/**
 * Records the operation, has `start` start it unless that was done before, and answers with the record.
 * When `start` refuses, the same key may be used again.
 * @throws `IDEMPOTENCY_KEY_REUSED`, and whatever `start` throws.
 */
export async function acceptOperation(
  { store }: ApiDependencies,
  request: Request,
  asked: Pick<OperationRecord, 'kind' | 'cluster'>,
  start: (operation: OperationRecord) => Promise<void>,
): Promise<OperationRecord> {
  const operation = await store.operations.begin({
    id: randomUUID(),
    ...asked,
    idempotencyKey: idempotencyKeyOf(request),
    requestHash: requestHashOf(request),
  });
  // Somebody asked before with the same key; unless that request died half-way, there is nothing left to do.
  if (operation.status !== 'requested') return operation;
  try {
    await start(operation);
  } catch (error) {
    // A definite refusal started nothing. Any other error may hide that it was started: the record stays, so that
    // the same request with the same key finds out.
    const isRefusal = error instanceof ClusterwrightError && error.kind.retry === 'never';
    if (isRefusal) await store.operations.abandon(operation.id);
    throw error;
  }
  return store.operations.accept(operation.id);
}

function idempotencyKeyOf(request: Request): string | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key === 'string' && KEY_PATTERN.test(key)) return key;
  const detail = 'the header Idempotency-Key must have 1 to 200 visible ASCII characters';
  throw fail('INVALID_REQUEST', detail, { faults: [{ pointer: '', detail }] });
}

function requestHashOf(request: Request): string {
  const hash = createHash('sha256').update(`${request.method} ${request.baseUrl}${request.path}\n`);
  return hash.update(request.rawBody).digest('hex');
}
