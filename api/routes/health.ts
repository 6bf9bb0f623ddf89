/** `GET /clusters/{name}/health`, `POST …/health/check`, and `GET`/`PUT /clusters/{name}/health-policy`. */
import type { Router } from 'express';
import { randomUUID } from 'node:crypto';
import { fail } from '../../domain/errors.js';
import type { HealthDecision } from '../../domain/health/decision.js';
import { DEFAULT_HEALTH_POLICY } from '../../domain/health/policy.js';
import { parseHealthCheck, parseHealthPolicy } from '../../schema/health-request.js';
import type { ClusterHealthView, HealthCheckView } from '../../schema/responses.js';
import type { ApiDependencies } from '../dependencies.js';
import { onlyMethods } from './only-methods.js';

const DECISIONS_SHOWN = 20;

export function healthRoutes(router: Router, dependencies: ApiDependencies): void {
  const { store, orchestrator } = dependencies;

  router.get('/clusters/:name/health', async (request, response) => {
    const { name } = request.params;
    await requireCluster(dependencies, name);
    const [policy, standing, storm, decisions] = await Promise.all([
      policyOf(dependencies, name),
      store.health.standing(name),
      store.health.storm(),
      store.health.decisions({ cluster: name, limit: DECISIONS_SHOWN }),
    ]);
    const view: ClusterHealthView = {
      ...{ cluster: name, policy, checkedAt: standing?.checkedAt ?? null },
      current: standing === undefined ? null : decisionView(standing.decision),
      storm: storm === undefined ? null : { ...storm, clusters: [...storm.clusters] },
      decisions: decisions.map(({ id, at, decision, retracted }) => {
        return { id, at, retracted, decision: decisionView(decision) };
      }),
    };
    response.json(view);
  });
  onlyMethods(router, '/clusters/:name/health', 'GET');

  router.post('/clusters/:name/health/check', async (request, response) => {
    const { name } = request.params;
    const wish = parseHealthCheck(request.body);
    if (!wish.ok) throw fail('INVALID_REQUEST', 'the request is not valid', { faults: wish.faults });
    await requireCluster(dependencies, name);
    const { dryRun } = wish.value;
    const checked = await orchestrator.checkHealth(randomUUID(), name, dryRun);
    if (checked.kind === 'not-watched') {
      throw fail('PHASE_CONFLICT', `cluster "${name}" is not looked at: ${checked.reason}`);
    }
    const { at, decision, operationId, refused } = checked;
    const operation = operationId === null ? null : `/api/v1/operations/${operationId}`;
    const view: HealthCheckView = { dryRun, at, decision: decisionView(decision), operation, refused };
    response.json(view);
  });
  onlyMethods(router, '/clusters/:name/health/check', 'POST');

  router.get('/clusters/:name/health-policy', async (request, response) => {
    const { name } = request.params;
    await requireCluster(dependencies, name);
    response.json(await policyOf(dependencies, name));
  });

  router.put('/clusters/:name/health-policy', async (request, response) => {
    const { name } = request.params;
    const policy = parseHealthPolicy(request.body);
    if (!policy.ok) throw fail('INVALID_REQUEST', 'the policy is not valid', { faults: policy.faults });
    await requireCluster(dependencies, name);
    // The policy first: it is what a look goes by, whatever becomes of the Schedule.
    const kept = await store.health.putPolicy(name, policy.value);
    if (kept.enabled) await orchestrator.scheduleHealth(name, kept.intervalSeconds);
    else await orchestrator.unscheduleHealth(name);
    response.json(kept);
  });
  onlyMethods(router, '/clusters/:name/health-policy', 'GET', 'PUT');
}

/** @throws `CLUSTER_NOT_FOUND` */
async function requireCluster({ store }: ApiDependencies, name: string): Promise<void> {
  const record = await store.clusters.get(name);
  if (record !== undefined && record.phase !== 'GONE') return;
  throw fail('CLUSTER_NOT_FOUND', `there is no cluster "${name}"`);
}

/** Where nobody has said anything, nobody looks. */
async function policyOf({ store }: ApiDependencies, name: string): Promise<ClusterHealthView['policy']> {
  const policy = await store.health.policy(name);
  return policy ?? { ...DEFAULT_HEALTH_POLICY, enabled: false, updatedAt: null };
}

function decisionView({
  findings,
  heal,
  budgets,
  unseen,
  ...rest
}: HealthDecision): HealthCheckView['decision'] {
  return {
    ...rest,
    unseen: [...unseen],
    findings: findings.map((finding) => ({ ...finding, evidence: [...finding.evidence] })),
    heal: heal === null ? null : { ...heal, reasons: [...heal.reasons] },
    budgets: { ...budgets, groups: [...budgets.groups] },
  };
}
