/** Asks the Kubernetes API for the facts that checks need, each by itself: one that cannot be had leaves the others. */
import type { KubeConfig } from '@kubernetes/client-node';
import type { SeenFacts } from '../../../domain/validation/facts.js';
import type { KubernetesFacts } from '../../../domain/validation/facts/kubernetes.js';
import { ClusterwrightError } from '../../../domain/errors.js';
import { kubernetesError } from '../../kubernetes/client.js';
import { clusterOperatorProblems } from '../../kubernetes/cluster-operators.js';
import { lookedAt } from '../looked-at.js';
import { mapLimited } from '../map-limited.js';
import { neededFacts, type ObserveRequest } from '../observe-request.js';
import { accessFacts } from './access-facts.js';
import { anonymousAnswers, apiChecks, apiLatencies } from './api-facts.js';
import { Calls } from './calls.js';
import {
  defaultStorageClasses,
  dnsEndpoints,
  exposedServices,
  namespaceFacts,
  pendingClaims,
  pendingRequests,
} from './cluster-facts.js';
import { nodeFacts, nodeUsage, versionFacts } from './node-facts.js';
import { pendingPods, riskyPods, systemPods, workloadFacts } from './workload-facts.js';

type FactReaders = {
  readonly [Name in keyof KubernetesFacts]: (
    calls: Calls,
    signal: AbortSignal,
  ) => Promise<KubernetesFacts[Name]>;
};

const READERS: FactReaders = {
  apiVersion: (calls) => calls.version(),
  apiChecks,
  apiLatencies,
  anonymousAnswers,
  nodes: nodeFacts,
  versions: versionFacts,
  nodeUsage,
  systemWorkloads: (calls) => workloadFacts(calls, true),
  userWorkloads: (calls) => workloadFacts(calls, false),
  systemPods,
  riskyPods,
  pendingPods,
  pendingClaims,
  pendingRequests,
  dnsEndpoints,
  namespaces: namespaceFacts,
  access: accessFacts,
  exposedServices,
  operatorProblems: ({ config }) => clusterOperatorProblems(config),
  defaultStorageClasses,
};

/** The API is not to be slowed down by being looked at. */
const MOST_AT_ONCE = 4;

export async function observeKubernetes(
  config: KubeConfig,
  request: ObserveRequest,
  signal: AbortSignal,
): Promise<SeenFacts> {
  const calls = new Calls(config);
  const needed = neededFacts(request);
  // How fast it answers is looked at first, while nothing else is asked.
  const names = (Object.keys(READERS) as (keyof KubernetesFacts)[]).filter((name) => needed.has(name));
  const look = async (name: keyof KubernetesFacts) =>
    [
      name,
      await lookedAt(signal, async (): Promise<unknown> => {
        try {
          return await READERS[name](calls, signal);
        } catch (error) {
          throw error instanceof ClusterwrightError ? error : kubernetesError(error);
        }
      }),
    ] as const;
  const first = names.includes('apiLatencies') ? [await look('apiLatencies')] : [];
  const others = await mapLimited(
    names.filter((name) => name !== 'apiLatencies'),
    MOST_AT_ONCE,
    look,
  );
  return Object.fromEntries([...first, ...others]);
}
