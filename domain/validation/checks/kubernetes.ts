/** Checks of the cluster's own parts: API, nodes, components and what waits for somebody. */
import type { Check } from '../check.js';
import { duration } from '../figures.js';
import type { WaitingFact, WorkloadFact } from '../facts/kubernetes.js';
import { nodesOf } from '../subject.js';
import { judged, problemsOf, type Problem, type Verdict } from '../verdict.js';

/** A kubelet may be three minor versions older than the API server (https://kubernetes.io/releases/version-skew-policy/). */
const MOST_MINORS_BEHIND = 3;
/** Of one container, since its pod was made. */
const MANY_RESTARTS = 10;
/** Shorter waits are the ordinary course of things. */
const LONG_WAIT_SECONDS = 300;
const REQUEST_WAIT_SECONDS = 60;

export const KUBERNETES_CHECKS: readonly Check[] = [
  {
    id: 'api-availability',
    title: 'The Kubernetes API answers',
    category: 'KUBERNETES',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'apiVersion',
    remedy:
      'Look at the load balancer in front of it, then at the log of the API server on a control-plane machine.',
    judge: (version) => ({ kind: 'passed', evidence: `it is ${version}` }),
  },
  {
    id: 'api-ready',
    title: 'The API server passes its own checks',
    category: 'KUBERNETES',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'apiChecks',
    remedy:
      'Ask for the check by name (`kubectl get --raw /readyz/NAME`), then read the log of the API server.',
    judge: (checks) =>
      problemsOf(
        checks,
        ({ name, ok }) => (ok ? null : { subject: name, detail: 'it fails' }),
        `${checks.length} checks pass`,
      ),
  },
  {
    id: 'node-readiness',
    title: 'Each node is Ready',
    category: 'KUBERNETES',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'nodes',
    remedy: 'Read the condition of the node, then the log of its kubelet.',
    judge: (nodes, subject) => {
      const byName = new Map(nodes.map((node) => [node.name, node]));
      const wanted = nodesOf(subject);
      return problemsOf(
        wanted,
        ({ name }) => {
          const node = byName.get(name);
          if (node === undefined) return { subject: name, detail: 'it is no node of the cluster' };
          return node.ready ? null : { subject: name, detail: `it is not Ready: ${node.why}` };
        },
        `${wanted.length} nodes are Ready`,
      );
    },
  },
  {
    id: 'cluster-operators',
    title: 'The cluster operators are available and not degraded',
    category: 'KUBERNETES',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'operatorProblems',
    remedy: 'Run `oc describe clusteroperator NAME`, and follow what its conditions say.',
    applies: ({ definition }) => definition.type === 'OKD',
    judge: (problems) =>
      judged(
        problems.map((detail) => ({ subject: 'cluster operators', detail })),
        'all are available',
      ),
  },
  {
    id: 'core-components',
    title: 'The core components are available',
    category: 'KUBERNETES',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'systemWorkloads',
    remedy:
      'Run `kubectl describe` of the pods that are missing: an image that cannot be pulled and a lack of room are common causes.',
    remediation: 'RESTART_PODS',
    judge: availability,
  },
  {
    id: 'core-restarts',
    title: 'No core component crashes again and again',
    category: 'KUBERNETES',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'systemPods',
    remedy: 'Read the log of the run before (`kubectl logs --previous`).',
    remediation: 'RESTART_PODS',
    judge: (pods) =>
      problemsOf(
        pods,
        ({ name, waiting, restarts }) => {
          if (waiting !== null) return { subject: name, detail: waiting };
          return restarts >= MANY_RESTARTS ? { subject: name, detail: `restarted ${restarts} times` } : null;
        },
        `${pods.length} pods run`,
      ),
  },
  {
    id: 'cluster-dns',
    title: 'The DNS of the cluster has endpoints',
    category: 'KUBERNETES',
    suite: 'QUICK',
    severity: 'CRITICAL',
    fact: 'dnsEndpoints',
    remedy: 'Look at the pods behind the DNS service: without them no service is found by its name.',
    judge: ({ ready }) =>
      judged(
        ready > 0 ? [] : [{ subject: 'cluster DNS', detail: 'no pod is ready to answer' }],
        `${ready} ready`,
      ),
  },
  {
    id: 'node-conditions',
    title: 'No node is under pressure',
    category: 'KUBERNETES',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'nodes',
    remedy: 'Free disk, memory or process ids on the node; pods are evicted from it meanwhile.',
    judge: (nodes) =>
      problemsOf(
        nodes,
        ({ name, pressures }) =>
          pressures.length === 0 ? null : { subject: name, detail: `it reports ${pressures.join(', ')}` },
        `${nodes.length} nodes report none`,
      ),
  },
  {
    id: 'nodes-schedulable',
    title: 'No node is cordoned',
    category: 'KUBERNETES',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'nodes',
    remedy: 'Run `kubectl uncordon NODE` when nobody works on it any more.',
    judge: (nodes) =>
      problemsOf(
        nodes,
        ({ name, cordoned }) => (cordoned ? { subject: name, detail: 'it takes no new pods' } : null),
        `${nodes.length} nodes take pods`,
      ),
  },
  {
    id: 'nodes-known',
    title: 'Every node is a machine of the cluster',
    category: 'SECURITY',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'nodes',
    remedy:
      'Find out where the node comes from; delete it (`kubectl delete node`) when its machine is gone, and rotate the join token when it is a stranger.',
    judge: (nodes, subject) => {
      const known = new Set(nodesOf(subject).map(({ name }) => name));
      return problemsOf(
        nodes,
        ({ name }) =>
          known.has(name) ? null : { subject: name, detail: 'no machine of the cluster has this name' },
        `${nodes.length} nodes are known`,
      );
    },
  },
  {
    id: 'version-skew',
    title: 'Kubelets are of versions that the API server supports',
    category: 'KUBERNETES',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'versions',
    remedy: 'Upgrade the control plane first, then the nodes, one minor version at a time.',
    judge: ({ api, nodes }) =>
      problemsOf(
        nodes,
        ({ name, version }) => {
          const detail = skewProblem(api, version);
          return detail === null ? null : { subject: name, detail };
        },
        `all are within ${MOST_MINORS_BEHIND} minor versions of ${api}`,
      ),
  },
  {
    id: 'pending-certificates',
    title: 'No kubelet waits for a certificate',
    category: 'KUBERNETES',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'pendingRequests',
    remedy: 'Compare the request with its node (`kubectl describe csr`), and approve it when it is proved.',
    remediation: 'APPROVE_CERTIFICATES',
    judge: (requests) => longWaits(requests, REQUEST_WAIT_SECONDS, 'no request waits'),
  },
  {
    id: 'pending-pods',
    title: 'No pod waits for a node for long',
    category: 'APPLICATION',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'pendingPods',
    remedy: 'Read what the scheduler says of the pod; add a node where there is no room.',
    judge: (pods) => longWaits(pods, LONG_WAIT_SECONDS, 'none waits'),
  },
  {
    id: 'pending-claims',
    title: 'No claim waits for a volume for long',
    category: 'APPLICATION',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'pendingClaims',
    remedy: 'Read the events of the claim; look at the storage driver and the free space behind it.',
    judge: (claims) => longWaits(claims, LONG_WAIT_SECONDS, 'none waits'),
  },
  {
    id: 'namespaces-going',
    title: 'No namespace is stuck while it is removed',
    category: 'KUBERNETES',
    suite: 'COMPREHENSIVE',
    severity: 'WARNING',
    fact: 'namespaces',
    remedy: 'Look which objects are left in it, and who is to take their finalizers off.',
    judge: (namespaces) =>
      problemsOf(
        namespaces,
        ({ name, goingSeconds }) =>
          goingSeconds !== null && goingSeconds > LONG_WAIT_SECONDS
            ? { subject: name, detail: `it has been going for ${duration(goingSeconds)}` }
            : null,
        `${namespaces.length} namespaces`,
      ),
  },
  {
    id: 'workloads-available',
    title: 'Workloads have the pods that they ask for',
    category: 'APPLICATION',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'userWorkloads',
    remedy: 'Run `kubectl describe` of the pods that are missing.',
    judge: availability,
  },
  {
    id: 'default-storage-class',
    title: 'Exactly one StorageClass is the default',
    category: 'APPLICATION',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'defaultStorageClasses',
    remedy:
      'Set the annotation `storageclass.kubernetes.io/is-default-class` on the one that claims without a class are to get.',
    applies: ({ definition }) =>
      definition.type === 'K3S' || definition.services.some(({ type }) => type === 'STORAGE'),
    judge: (classes) =>
      judged(
        classes.length === 1
          ? []
          : [
              {
                subject: 'StorageClasses',
                detail:
                  classes.length === 0 ? 'none is the default' : `${classes.join(' and ')} are the default`,
              },
            ],
        classes.join(', '),
      ),
  },
];

function availability(workloads: readonly WorkloadFact[]): Verdict {
  return problemsOf(
    workloads,
    ({ name, wanted, available }): Problem | null =>
      available >= wanted ? null : { subject: name, detail: `${available} of ${wanted} pods are available` },
    `${workloads.length} workloads are available`,
  );
}

function longWaits(waiting: readonly WaitingFact[], most: number, evidence: string): Verdict {
  return problemsOf(
    waiting,
    ({ name, seconds, why }) =>
      seconds > most
        ? { subject: name, detail: `it has waited for ${duration(seconds)}${why === '' ? '' : `: ${why}`}` }
        : null,
    waiting.length === 0 ? evidence : `${waiting.length} wait, none for longer than ${duration(most)}`,
  );
}

function skewProblem(api: string, kubelet: string): string | null {
  const [server, node] = [minorOf(api), minorOf(kubelet)];
  if (server === null || node === null) return `versions ${api} and ${kubelet} cannot be compared`;
  if (node > server) return `its kubelet ${kubelet} is newer than the API server ${api}`;
  return server - node > MOST_MINORS_BEHIND
    ? `its kubelet ${kubelet} is ${server - node} minor versions behind ${api}`
    : null;
}

function minorOf(version: string): number | null {
  const minor = /^v?1\.(\d+)/.exec(version)?.[1];
  return minor === undefined ? null : Number(minor);
}
