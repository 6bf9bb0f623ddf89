/** `GET /operations/{id}`, and the body of each 202. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import type { OperationRecord } from '../../store/store.js';
import { onlyMethods } from './only-methods.js';
import type { ApiDependencies } from '../dependencies.js';

export function operationRoutes(router: Router, { store }: ApiDependencies): void {
  router.get('/operations/:id', async (request, response) => {
    const operation = await store.operations.get(request.params.id);
    if (operation === undefined)
      throw fail('OPERATION_NOT_FOUND', `there is no operation "${request.params.id}"`);
    response.json(operationBody(operation));
  });
  onlyMethods(router, '/operations/:id', 'GET');
}

export function acceptedBody(operation: OperationRecord) {
  const { links, ...rest } = operationBody(operation);
  return { operation: rest, cluster: operation.cluster, links };
}

function operationBody({ id, cluster, kind, status, detail, createdAt, finishedAt }: OperationRecord) {
  const links = { operation: `/api/v1/operations/${id}`, cluster: `/api/v1/clusters/${cluster}` };
  return { id, cluster, kind, status, detail, createdAt, finishedAt, links };
}
