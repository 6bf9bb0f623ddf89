/** `POST /clusters/{name}/upgrade`. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import { parseUpgradeRequest } from '../../schema/upgrade-request.js';
import type { ApiDependencies } from '../dependencies.js';
import { acceptOperation } from '../operations.js';
import { onlyMethods } from './only-methods.js';
import { acceptedBody } from './operations.js';

export function upgradeRoutes(router: Router, dependencies: ApiDependencies): void {
  const { orchestrator } = dependencies;

  router.post('/clusters/:name/upgrade', async (request, response) => {
    const { name } = request.params;
    const wish = parseUpgradeRequest(request.body);
    if (!wish.ok) throw fail('INVALID_REQUEST', 'the request is not valid', { faults: wish.faults });
    const { takeBackup, backupDestination: destination, ...rest } = wish.value;
    const asked = { kind: 'upgrade', cluster: name } as const;
    const accepted = await acceptOperation(dependencies, request, asked, async ({ id }) => {
      const backup = takeBackup ? { id, destination } : null;
      await orchestrator.operate(id, name, { kind: 'upgrade', request: { ...rest, backup } });
    });
    const body = acceptedBody(accepted);
    response.status(202).location(body.links.operation).json(body);
  });
  onlyMethods(router, '/clusters/:name/upgrade', 'POST');
}
