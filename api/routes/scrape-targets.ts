/** `GET /clusters/{name}/scrape-targets`: what Prometheus discovers a cluster by. */
import type { Router } from 'express';
import { fail } from '../../domain/errors.js';
import { scrapeTargets } from '../../domain/services/scrape-targets.js';
import { parseScrapeTargetsQuery } from '../../schema/scrape-targets-query.js';
import { clusterView } from '../cluster-view.js';
import type { ApiDependencies } from '../dependencies.js';
import { onlyMethods } from './only-methods.js';

export function scrapeTargetRoutes(router: Router, dependencies: ApiDependencies): void {
  router.get('/clusters/:name/scrape-targets', async (request, response) => {
    const query = parseScrapeTargetsQuery(request.query);
    if (!query.ok) throw fail('INVALID_REQUEST', 'the query is not valid', { faults: query.faults });
    const { name } = request.params;
    const { definition, nodes, phase, stale } = await clusterView(dependencies, name);
    if (phase === 'GONE') throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${name}"`);
    // An empty list would have Prometheus forget the nodes; it keeps what it had after an error.
    if (stale) throw fail('ORCHESTRATOR_UNAVAILABLE', `the nodes of "${name}" are not known right now`);
    const targets = scrapeTargets(definition, nodes);
    if (query.value.format === 'file_sd') response.attachment(`${name}.json`);
    response.json(targets);
  });
  onlyMethods(router, '/clusters/:name/scrape-targets', 'GET');
}
