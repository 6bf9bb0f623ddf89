/** The health checks that a definition can name. Each says what is wrong, or nothing. */
import { CoreV1Api, type KubeConfig, VersionApi } from '@kubernetes/client-node';
import type { HealthCheck } from '../../domain/cluster-definition.js';
import { kubernetesError } from './client.js';
import { clusterOperatorProblems } from './cluster-operators.js';

type Check = (config: KubeConfig, nodes: readonly string[]) => Promise<string[]>;

export const CHECKS: Readonly<Record<HealthCheck, Check>> = {
  'api-availability': async (config) => {
    await config.makeApiClient(VersionApi).getCode();
    await config.makeApiClient(CoreV1Api).listNamespace({ limit: 1 });
    return [];
  },
  'node-readiness': async (config, expected) => {
    const { items } = await config.makeApiClient(CoreV1Api).listNode();
    const ready = new Set(
      items
        .filter(({ status }) =>
          status?.conditions?.some(({ type, status: is }) => type === 'Ready' && is === 'True'),
        )
        .map(({ metadata }) => metadata?.name),
    );
    return expected.filter((name) => !ready.has(name)).map((name) => `node ${name} is not Ready`);
  },
  'cluster-operators': clusterOperatorProblems,
};

/** @returns what each check found, one sentence each; empty when the cluster is healthy. */
export async function findProblems(
  config: KubeConfig,
  checks: readonly HealthCheck[],
  nodes: readonly string[],
): Promise<string[]> {
  const problems = await Promise.all(
    checks.map(async (check) => {
      try {
        return (await CHECKS[check](config, nodes)).map((problem) => `${check}: ${problem}`);
      } catch (error) {
        return [`${check}: ${kubernetesError(error).message}`];
      }
    }),
  );
  return problems.flat();
}
