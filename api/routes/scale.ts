/** `PUT /clusters/{name}/scale`. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import { parseScaleRequest } from '../../schema/scale-request.js';
import type { ApiDependencies } from '../dependencies.js';
import { acceptOperation } from '../operations.js';
import { onlyMethods } from './only-methods.js';
import { acceptedBody } from './operations.js';

export function scaleRoutes(router: Router, dependencies: ApiDependencies): void {
  const { orchestrator } = dependencies;

  router.put('/clusters/:name/scale', async (request, response) => {
    const { name } = request.params;
    const wish = parseScaleRequest(request.body);
    if (!wish.ok) throw fail('INVALID_REQUEST', 'the request is not valid', { faults: wish.faults });
    const asked = { kind: 'scale', cluster: name } as const;
    const accepted = await acceptOperation(dependencies, request, asked, async ({ id }) => {
      await orchestrator.operate(id, name, { kind: 'scale', request: wish.value });
    });
    const body = acceptedBody(accepted);
    response.status(202).location(body.links.operation).json(body);
  });
  onlyMethods(router, '/clusters/:name/scale', 'PUT');
}
