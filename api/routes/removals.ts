/** `GET /clusters/{name}/removals`, `GET /removals/{id}`, `PUT /clusters/{name}/protection`. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import { parseProtection } from '../../schema/host-requests.js';
import type { RemovalRecord } from '../../store/removal-port.js';
import type { ApiDependencies } from '../dependencies.js';
import { onlyMethods } from './only-methods.js';

/** Clusters that had one name, one after the other. */
const MOST_LISTED = 100;

export function removalRoutes(router: Router, { store, orchestrator }: ApiDependencies): void {
  router.get('/clusters/:name/removals', async (request, response) => {
    const records = await store.removals.ofName(request.params.name, MOST_LISTED);
    response.json({ items: records.map(removalView) });
  });
  onlyMethods(router, '/clusters/:name/removals', 'GET');

  router.get('/removals/:id', async (request, response) => {
    const { id } = request.params;
    const record = await store.removals.get(id);
    if (record === undefined) throw fail('REMOVAL_NOT_FOUND', `there is no certificate "${id}"`);
    response.json(removalView(record));
  });
  onlyMethods(router, '/removals/:id', 'GET');

  router.put('/clusters/:name/protection', async (request, response) => {
    const parsed = parseProtection(request.body);
    if (!parsed.ok) throw fail('INVALID_REQUEST', 'the request is not valid', { faults: parsed.faults });
    const { isProtected } = await orchestrator.protect(request.params.name, parsed.value.protected);
    response.json({ protected: isProtected });
  });
  onlyMethods(router, '/clusters/:name/protection', 'PUT');
}

function removalView({ id, cluster, sha256, certificate }: RemovalRecord) {
  return { id, cluster, sha256, certificate };
}
