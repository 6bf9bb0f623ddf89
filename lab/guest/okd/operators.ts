/** What the operators of a cluster say of themselves, from what is there of it. */
import type { ControlPlaneObjects } from '../../kubernetes/lab-kubernetes.js';

export interface ClusterProgress {
  readonly version: string;
  /** The masters run the control plane by themselves. */
  readonly isBootstrapped: boolean;
  /** Machines that take work are Ready, and their kubelets serve. */
  readonly takesWork: boolean;
}

const GROUP = 'config.openshift.io';
const KINDS = [
  ['ClusterOperator', 'clusteroperators', 'clusteroperator', 'co'],
  ['ClusterVersion', 'clusterversions', 'clusterversion', null],
] as const;
/** They run on masters. */
const CORE = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'machine-config',
  'network',
  'dns',
];
/** They need somebody who takes work. */
const PLACED = ['ingress', 'authentication', 'console', 'image-registry', 'monitoring'];

/** Written by the cluster-version operator as soon as there is an API. */
export function defineOperators(objects: ControlPlaneObjects): void {
  for (const [kind, plural, singular, short] of KINDS) {
    objects.ensure('customresourcedefinitions.apiextensions.k8s.io', {
      metadata: { name: `${plural}.${GROUP}` },
      spec: {
        group: GROUP,
        scope: 'Cluster',
        names: {
          kind,
          plural,
          singular,
          listKind: `${kind}List`,
          ...(short === null ? {} : { shortNames: [short] }),
        },
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
            subresources: { status: {} },
          },
        ],
      },
    });
  }
}

export function settleOperators(objects: ControlPlaneObjects, progress: ClusterProgress): void {
  const { version, isBootstrapped, takesWork } = progress;
  const states = [
    ...CORE.map((name) => [name, isBootstrapped, 'WaitingForMasters'] as const),
    ...PLACED.map((name) => [name, isBootstrapped && takesWork, 'WaitingForNodes'] as const),
  ];
  for (const [name, isAvailable, reason] of states) {
    put(objects, 'clusteroperators', name, conditions(isAvailable, reason, 'Degraded'));
  }
  const waiting = states.filter(([, isAvailable]) => !isAvailable).map(([name]) => name);
  const isDone = waiting.length === 0;
  const message = isDone
    ? `Cluster version is ${version}`
    : `Working towards ${version}: waiting on ${waiting.join(', ')}`;
  put(objects, 'clusterversions', 'version', conditions(isDone, message, 'Failing'));
}

function conditions(isAvailable: boolean, why: string, broken: string) {
  const one = (type: string, is: boolean): object => ({
    type,
    status: is ? 'True' : 'False',
    reason: isAvailable ? 'AsExpected' : 'Waiting',
    message: why,
  });
  return [one('Available', isAvailable), one('Progressing', !isAvailable), one(broken, false)];
}

function put(objects: ControlPlaneObjects, plural: string, name: string, list: readonly object[]): void {
  const resource = `${plural}.${GROUP}`;
  objects.ensure(resource, { metadata: { name } });
  objects.change(resource, name, { conditions: list });
}
