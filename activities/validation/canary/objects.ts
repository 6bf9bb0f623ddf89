/** The workload that is run for a moment: a pod that answers, its service, its Ingress, and a job that looks for it. */
import type {
  V1Container,
  V1Deployment,
  V1Ingress,
  V1Job,
  V1Namespace,
  V1PodSpec,
  V1Service,
} from '@kubernetes/client-node';
import type { ImageSource } from '../../kubernetes/services/images.js';
import { ourLabels, selectorLabels } from '../../kubernetes/services/labels.js';

export interface Canary {
  readonly namespace: string;
  /** Whom its Ingress answers to. */
  readonly hostName: string;
  /** Where no machine is kept free for workloads, it takes any. */
  readonly runsAnywhere: boolean;
  readonly images: ImageSource;
}

const NAME = 'canary';
export const DEPLOYMENT = NAME;
export const INGRESS = NAME;
export const LOOK_UP = 'look-up';
const PORT = 80;
const CONTAINER_PORT = 8_080;
const USER = 65_534;
const LOOK_UP_SECONDS = 60;
/** Labels that all of its namespaces have, also those of other runs. */
export const CANARY_LABELS = ourLabels(NAME, 'namespace');

export function canaryNamespace({ namespace }: Canary): V1Namespace {
  const level = { 'pod-security.kubernetes.io/enforce': 'restricted' };
  return { metadata: { name: namespace, labels: { ...CANARY_LABELS, ...level } } };
}

export function canaryDeployment(canary: Canary): V1Deployment {
  const args = ['netexec', `--http-port=${CONTAINER_PORT}`, '--udp-port=-1'];
  const readinessProbe = { httpGet: { path: '/hostname', port: CONTAINER_PORT }, periodSeconds: 1 };
  return {
    metadata: { name: DEPLOYMENT, namespace: canary.namespace, labels: ourLabels(NAME, 'server') },
    spec: {
      replicas: 1,
      selector: { matchLabels: selectorLabels(NAME, 'server') },
      template: {
        metadata: { labels: ourLabels(NAME, 'server') },
        spec: podSpec(canary, { args, readinessProbe, ports: [{ containerPort: CONTAINER_PORT }] }),
      },
    },
  };
}

export function canaryService({ namespace }: Canary): V1Service {
  return {
    metadata: { name: NAME, namespace, labels: ourLabels(NAME, 'server') },
    spec: {
      selector: selectorLabels(NAME, 'server'),
      ports: [{ port: PORT, targetPort: CONTAINER_PORT, protocol: 'TCP' }],
    },
  };
}

export function canaryIngress({ namespace, hostName }: Canary): V1Ingress {
  const backend = { service: { name: NAME, port: { number: PORT } } };
  return {
    metadata: { name: INGRESS, namespace, labels: ourLabels(NAME, 'server') },
    spec: {
      rules: [{ host: hostName, http: { paths: [{ path: '/', pathType: 'Prefix', backend }] } }],
    },
  };
}

/** Succeeds when the service is found by its name, and takes a connection. */
export function lookUpJob(canary: Canary): V1Job {
  const args = ['connect', `${NAME}.${canary.namespace}.svc:${PORT}`, '--timeout=5s'];
  return {
    metadata: { name: LOOK_UP, namespace: canary.namespace, labels: ourLabels(NAME, 'client') },
    spec: {
      backoffLimit: 3,
      activeDeadlineSeconds: LOOK_UP_SECONDS,
      template: {
        metadata: { labels: ourLabels(NAME, 'client') },
        spec: podSpec(canary, { args }, 'Never'),
      },
    },
  };
}

/** Allowed by the strictest level of Pod Security. */
function podSpec(
  { images, runsAnywhere }: Canary,
  container: Partial<V1Container>,
  restartPolicy = 'Always',
): V1PodSpec {
  return {
    restartPolicy,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    terminationGracePeriodSeconds: 0,
    nodeSelector: { 'kubernetes.io/os': 'linux' },
    ...(runsAnywhere ? { tolerations: [{ operator: 'Exists', effect: 'NoSchedule' }] } : {}),
    securityContext: { runAsNonRoot: true, runAsUser: USER, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [
      {
        name: NAME,
        image: images('agnhost'),
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        resources: { requests: { cpu: '10m', memory: '32Mi' } },
        ...container,
      },
    ],
  };
}
