/** Has a new cluster looked after, unless the service is configured otherwise or a person has said how. */
import { DEFAULT_HEALTH_POLICY } from '../domain/health/policy.js';
import type { ApiDependencies } from './dependencies.js';

/** Safe to repeat. Until the cluster is READY the looks see that there is nothing to look at. */
export async function watchHealth(
  { store, orchestrator, healthIntervalSeconds: intervalSeconds }: ApiDependencies,
  cluster: string,
): Promise<void> {
  if (intervalSeconds === 0) return;
  const policy = await store.health.createPolicy(cluster, { ...DEFAULT_HEALTH_POLICY, intervalSeconds });
  if (policy.enabled) await orchestrator.scheduleHealth(cluster, policy.intervalSeconds);
}
