/** `POST /clusters/{name}/secrets/rotate`. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import { parseRotateSecretsRequest } from '../../schema/rotation-requests.js';
import type { ApiDependencies } from '../dependencies.js';
import { acceptOperation } from '../operations.js';
import { onlyMethods } from './only-methods.js';
import { acceptedBody } from './operations.js';

export function secretRoutes(router: Router, dependencies: ApiDependencies): void {
  const { orchestrator } = dependencies;

  router.post('/clusters/:name/secrets/rotate', async (request, response) => {
    const { name } = request.params;
    const wish = parseRotateSecretsRequest(request.body);
    if (!wish.ok) throw fail('INVALID_REQUEST', 'the request is not valid', { faults: wish.faults });
    const asked = { kind: 'rotate-secrets', cluster: name } as const;
    const accepted = await acceptOperation(dependencies, request, asked, async ({ id }) => {
      await orchestrator.operate(id, name, { kind: 'rotate-secrets', request: wish.value });
    });
    const body = acceptedBody(accepted);
    response.status(202).location(body.links.operation).json(body);
  });
  onlyMethods(router, '/clusters/:name/secrets/rotate', 'POST');
}
