/** `POST /clusters/plan`, `POST /clusters/preflight` and `POST /clusters/provision`. */
import type { Request, Router } from 'express';
import { randomUUID } from 'node:crypto';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import { parseClusterDefinition } from '../../schema/cluster-definition.js';
import { watchHealth } from '../watch-health.js';
import { onlyMethods } from './only-methods.js';
import type { ApiDependencies } from '../dependencies.js';
import { acceptOperation } from '../operations.js';
import { acceptedBody } from './operations.js';

export function provisionRoutes(router: Router, dependencies: ApiDependencies): void {
  const { orchestrator } = dependencies;

  router.post('/clusters/plan', async (request, response) => {
    const definition = definitionOf(request, dependencies);
    response.json({ definition, plan: await orchestrator.plan(randomUUID(), definition) });
  });
  onlyMethods(router, '/clusters/plan', 'POST');

  router.post('/clusters/preflight', async (request, response) => {
    const definition = definitionOf(request, dependencies);
    response.json({ definition, ...(await orchestrator.preflight(randomUUID(), definition)) });
  });
  onlyMethods(router, '/clusters/preflight', 'POST');

  router.post('/clusters/provision', async (request, response) => {
    const definition = definitionOf(request, dependencies);
    const asked = { kind: 'provision', cluster: definition.name } as const;
    const operation = await acceptOperation(dependencies, request, asked, async ({ id }) => {
      await refuseExisting(dependencies, definition.name, id);
      // What Proxmox VE cannot give is said now, before anything is started; the run plans anew.
      await orchestrator.plan(id, definition);
      // Before the cluster, which cannot be asked twice; it ends itself where there is none.
      await orchestrator.watchCertificates(definition.name);
      await orchestrator.provision(id, definition);
      await watchHealth(dependencies, definition.name);
    });
    const body = acceptedBody(operation);
    response.status(202).location(body.links.operation).json(body);
  });
  onlyMethods(router, '/clusters/provision', 'POST');
}

/** @throws `INVALID_REQUEST` with every fault. */
function definitionOf(request: Request, { networkDefaults }: ApiDependencies): ClusterDefinition {
  const parsed = parseClusterDefinition(request.body, networkDefaults);
  if (parsed.ok) return parsed.definition;
  const count = parsed.faults.length;
  throw fail('INVALID_REQUEST', `${count} ${count === 1 ? 'fault' : 'faults'} in the definition`, {
    faults: parsed.faults,
  });
}

/** The cluster itself decides; this only spares the planning for the name of a cluster that is known to exist. */
async function refuseExisting({ store }: ApiDependencies, name: string, operationId: string): Promise<void> {
  const existing = await store.clusters.get(name);
  // A cluster bears the id of the operation that made it: this very request may have started it before.
  if (existing === undefined || existing.phase === 'GONE' || existing.uid === operationId) return;
  throw fail('CLUSTER_EXISTS', `cluster "${name}" exists and is ${existing.phase}`);
}
