/** `GET /clusters`, `GET`/`DELETE /clusters/{name}`, `GET /clusters/{name}/kubeconfig`. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import { parseClusterListQuery } from '../../schema/cluster-list-query.js';
import { parseDecommissionQuery } from '../../schema/host-requests.js';
import { throughProxy } from '../../schema/kubeconfig.js';
import { onlyMethods } from './only-methods.js';
import { clusterSummary, clusterView } from '../cluster-view.js';
import type { ApiDependencies } from '../dependencies.js';
import { acceptOperation } from '../operations.js';
import { acceptedBody } from './operations.js';

export function clusterRoutes(router: Router, dependencies: ApiDependencies): void {
  const { store, orchestrator } = dependencies;

  router.get('/clusters', async (request, response) => {
    const query = parseClusterListQuery(request.query);
    if (!query.ok) throw fail('INVALID_REQUEST', 'the query is not valid', { faults: query.faults });
    const { limit } = query.value;
    // One more than asked for tells whether there is a next page.
    const records = await store.clusters.list({ ...query.value, limit: limit + 1 });
    const items = records.slice(0, limit).map(clusterSummary);
    const next = records.length > limit ? (items.at(-1)?.name ?? null) : null;
    response.json({ items, next });
  });
  onlyMethods(router, '/clusters', 'GET');

  router.get('/clusters/:name', async (request, response) => {
    response.json(await clusterView(dependencies, request.params.name));
  });

  router.delete('/clusters/:name', async (request, response) => {
    const { name } = request.params;
    const query = parseDecommissionQuery(request.query);
    if (!query.ok) throw fail('INVALID_REQUEST', 'the query is not valid', { faults: query.faults });
    const confirmedName = query.value.confirm ?? null;
    let acceptedId = '';
    const accepted = await acceptOperation(
      dependencies,
      request,
      { kind: 'decommission', cluster: name },
      async ({ id }) => {
        const { operationId } = await orchestrator.decommission(id, name, confirmedName);
        acceptedId = operationId;
      },
    );
    // The cluster may have been on its way out already, by an earlier operation: then that one is the answer.
    const earlier =
      acceptedId === '' || acceptedId === accepted.id ? undefined : await store.operations.get(acceptedId);
    if (earlier !== undefined) await store.operations.abandon(accepted.id);
    const body = acceptedBody(earlier ?? accepted);
    response.status(202).location(body.links.operation).json(body);
  });
  onlyMethods(router, '/clusters/:name', 'GET', 'DELETE');

  router.get('/clusters/:name/kubeconfig', async (request, response) => {
    const { name } = request.params;
    const record = await store.clusters.get(name);
    if (record === undefined || record.phase === 'GONE') {
      throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${name}"`);
    }
    const kubeconfig = await store.secrets.get(record.uid, 'kubeconfig');
    if (kubeconfig === undefined) throw fail('KUBECONFIG_NOT_READY', `cluster "${name}" is ${record.phase}`);
    response.setHeader('Cache-Control', 'no-store');
    response.type('application/yaml').send(throughProxy(kubeconfig, dependencies.machineProxyUrl));
  });
  onlyMethods(router, '/clusters/:name/kubeconfig', 'GET');
}
