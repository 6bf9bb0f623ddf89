/** Checks by a workload that is run for a moment: scheduled, found by its name, reached from outside, removed. */
import type { Check } from '../check.js';
import type { CanaryStep } from '../facts/canary.js';
import { judged, skipped, type Verdict } from '../verdict.js';

export const CANARY_CHECKS: readonly Check[] = [
  {
    id: 'canary-scheduled',
    title: 'A new workload is scheduled and runs',
    category: 'APPLICATION',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'canaryScheduled',
    remedy:
      'Read what the scheduler and the kubelet say of the pod in the evidence; an image that cannot be pulled is the common cause (`CLUSTER_IMAGE_MIRROR`).',
    judge: verdict,
  },
  {
    id: 'canary-resolved',
    title: 'A pod finds another one by the name of its service',
    category: 'APPLICATION',
    suite: 'STANDARD',
    severity: 'CRITICAL',
    fact: 'canaryResolved',
    remedy: 'Look at the DNS of the cluster, then at the pod network and at kube-proxy on the node.',
    judge: verdict,
  },
  {
    id: 'canary-ingress',
    title: 'A workload is reached from outside through an Ingress',
    category: 'APPLICATION',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'canaryIngress',
    remedy: 'Look at the pods of the ingress controller, and at who listens on port 80 of the nodes.',
    judge: verdict,
  },
  {
    id: 'canary-removed',
    title: 'Nothing is left of the workload',
    category: 'APPLICATION',
    suite: 'STANDARD',
    severity: 'WARNING',
    fact: 'canaryRemoved',
    remedy: 'Look why the namespace in the evidence does not go, then delete it.',
    judge: verdict,
  },
];

function verdict(step: CanaryStep): Verdict {
  switch (step.kind) {
    case 'done':
      return { kind: 'passed', evidence: step.detail };
    case 'failed':
      return judged([{ subject: 'canary', detail: step.detail }], '');
    case 'not-tried':
      return { kind: 'unknown', unseen: [{ subject: 'canary', detail: step.detail }] };
    case 'none':
      return skipped(step.detail);
  }
}
