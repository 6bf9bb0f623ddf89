/** `GET /operations`, `GET /operations/{id}`, `POST /operations/{id}/cancel|pause|resume`, and the body of each 202. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import { parseOperationListQuery } from '../../schema/operation-list-query.js';
import type { OperationRecord } from '../../store/store.js';
import { onlyMethods } from './only-methods.js';
import type { ApiDependencies } from '../dependencies.js';

export function operationRoutes(router: Router, dependencies: ApiDependencies): void {
  const { store, orchestrator } = dependencies;

  router.get('/operations', async (request, response) => {
    const query = parseOperationListQuery(request.query);
    if (!query.ok) throw fail('INVALID_REQUEST', 'the query is not valid', { faults: query.faults });
    const { limit } = query.value;
    // One more than asked for tells whether there is a next page.
    const records = await store.operations.list({ ...query.value, limit: limit + 1 });
    const items = records.slice(0, limit).map(operationBody);
    response.json({ items, next: records.length > limit ? (items.at(-1)?.id ?? null) : null });
  });
  onlyMethods(router, '/operations', 'GET');

  router.get('/operations/:id', async (request, response) => {
    response.json(operationBody(await operationOf(dependencies, request.params.id)));
  });
  onlyMethods(router, '/operations/:id', 'GET');

  router.post('/operations/:id/cancel', async (request, response) => {
    const operation = await operationOf(dependencies, request.params.id);
    if (operation.finishedAt !== null) {
      throw fail('OPERATION_OVER', `operation ${operation.id} is ${operation.status}`);
    }
    await orchestrator.cancelOperation(operation.id, operation.cluster);
    const body = acceptedBody(operation);
    response.status(202).location(body.links.operation).json(body);
  });
  onlyMethods(router, '/operations/:id/cancel', 'POST');

  for (const [verb, isPaused] of [
    ['pause', true],
    ['resume', false],
  ] as const) {
    router.post(`/operations/:id/${verb}`, async (request, response) => {
      const operation = await operationOf(dependencies, request.params.id);
      await orchestrator.pauseOperation(await pausableRun(dependencies, operation), isPaused);
      const body = acceptedBody(operation);
      response.status(202).location(body.links.operation).json(body);
    });
    onlyMethods(router, `/operations/:id/${verb}`, 'POST');
  }
}

async function operationOf({ store }: ApiDependencies, id: string): Promise<OperationRecord> {
  const operation = await store.operations.get(id);
  if (operation === undefined) throw fail('OPERATION_NOT_FOUND', `there is no operation "${id}"`);
  return operation;
}

/** @returns the id of its run. @throws `OPERATION_OVER`, `OPERATION_NOT_PAUSABLE` */
async function pausableRun(
  { orchestrator }: ApiDependencies,
  { id, kind, cluster, status, finishedAt }: OperationRecord,
): Promise<string> {
  if (finishedAt !== null) throw fail('OPERATION_OVER', `operation ${id} is ${status}`);
  if (kind !== 'upgrade') throw fail('OPERATION_NOT_PAUSABLE', `operation ${id} is a ${kind}`);
  const running = (await orchestrator.clusterState(cluster))?.operation;
  if (running?.id !== id || running.status !== 'running') {
    throw fail('OPERATION_NOT_PAUSABLE', `operation ${id} has not begun: it waits for its turn`);
  }
  return running.workflowId;
}

export function acceptedBody(operation: OperationRecord) {
  const { links, ...rest } = operationBody(operation);
  return { operation: rest, cluster: operation.cluster, links };
}

function operationBody({ id, cluster, kind, status, detail, createdAt, finishedAt }: OperationRecord) {
  const links = { operation: `/api/v1/operations/${id}`, cluster: `/api/v1/clusters/${cluster}` };
  return { id, cluster, kind, status, detail, createdAt, finishedAt, links };
}
