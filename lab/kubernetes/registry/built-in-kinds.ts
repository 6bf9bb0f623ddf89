/** The kinds that every Kubernetes has, as a table. */
import { ALL_VERBS, type ResourceKind, type Subresource, type Verb } from './resource-kind.js';

interface Traits {
  readonly plural?: string;
  readonly short?: readonly string[];
  readonly scope?: 'Cluster';
  readonly all?: true;
  readonly sub?: readonly Subresource[];
  readonly verbs?: readonly Verb[];
  readonly counted?: true;
  readonly fields?: readonly string[];
  readonly viewOf?: string;
}

const EVENT_FIELDS = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.fieldPath',
  'involvedObject.resourceVersion',
  'reason',
  'reportingComponent',
  'source',
  'type',
];
const POD_FIELDS = [
  'spec.nodeName',
  'spec.restartPolicy',
  'spec.schedulerName',
  'spec.serviceAccountName',
  'spec.hostNetwork',
  'status.phase',
  'status.podIP',
  'status.nominatedNodeName',
];

const CREATE_ONLY: readonly Verb[] = ['create'];
const STATUS: readonly Subresource[] = ['status'];
const SCALED: readonly Subresource[] = ['status', 'scale'];
const CLUSTER = { scope: 'Cluster' } as const;
const REVIEW = { verbs: CREATE_ONLY, scope: 'Cluster' } as const;

const TABLE: Readonly<Record<string, Readonly<Record<string, Traits>>>> = {
  v1: {
    ConfigMap: { short: ['cm'] },
    Endpoints: { plural: 'endpoints', short: ['ep'] },
    Event: { short: ['ev'], fields: EVENT_FIELDS },
    LimitRange: { short: ['limits'] },
    Namespace: { short: ['ns'], scope: 'Cluster', sub: ['status', 'finalize'], fields: ['status.phase'] },
    Node: { short: ['no'], scope: 'Cluster', sub: STATUS, fields: ['spec.unschedulable'] },
    PersistentVolumeClaim: { short: ['pvc'], sub: STATUS },
    PersistentVolume: { short: ['pv'], scope: 'Cluster', sub: STATUS },
    Pod: { short: ['po'], all: true, sub: ['status', 'log', 'eviction', 'binding'], fields: POD_FIELDS },
    PodTemplate: {},
    ReplicationController: {
      short: ['rc'],
      all: true,
      sub: SCALED,
      counted: true,
      fields: ['status.replicas'],
    },
    ResourceQuota: { short: ['quota'], sub: STATUS },
    Secret: { fields: ['type'] },
    ServiceAccount: { short: ['sa'], sub: ['token'] },
    Service: { short: ['svc'], all: true, sub: STATUS, fields: ['spec.clusterIP', 'spec.type'] },
  },
  'apps/v1': {
    ControllerRevision: {},
    DaemonSet: { short: ['ds'], all: true, sub: STATUS, counted: true },
    Deployment: { short: ['deploy'], all: true, sub: SCALED, counted: true },
    ReplicaSet: { short: ['rs'], all: true, sub: SCALED, counted: true, fields: ['status.replicas'] },
    StatefulSet: { short: ['sts'], all: true, sub: SCALED, counted: true },
  },
  'events.k8s.io/v1': { Event: { short: ['ev'], viewOf: 'events' } },
  'authentication.k8s.io/v1': { TokenReview: REVIEW, SelfSubjectReview: REVIEW },
  'authorization.k8s.io/v1': {
    LocalSubjectAccessReview: { verbs: CREATE_ONLY },
    SelfSubjectAccessReview: REVIEW,
    SelfSubjectRulesReview: REVIEW,
    SubjectAccessReview: REVIEW,
  },
  'autoscaling/v2': {
    HorizontalPodAutoscaler: { short: ['hpa'], all: true, sub: STATUS },
  },
  'batch/v1': {
    CronJob: { short: ['cj'], all: true, sub: STATUS, counted: true },
    Job: { all: true, sub: STATUS, counted: true, fields: ['status.successful'] },
  },
  'certificates.k8s.io/v1': {
    CertificateSigningRequest: {
      short: ['csr'],
      scope: 'Cluster',
      sub: ['status', 'approval'],
      fields: ['spec.signerName'],
    },
  },
  'networking.k8s.io/v1': {
    Ingress: { plural: 'ingresses', short: ['ing'], sub: STATUS, counted: true },
    IngressClass: { plural: 'ingressclasses', scope: 'Cluster', counted: true },
    NetworkPolicy: { plural: 'networkpolicies', short: ['netpol'], counted: true },
  },
  'policy/v1': { PodDisruptionBudget: { short: ['pdb'], sub: STATUS, counted: true } },
  'rbac.authorization.k8s.io/v1': {
    ClusterRoleBinding: CLUSTER,
    ClusterRole: CLUSTER,
    RoleBinding: {},
    Role: {},
  },
  'storage.k8s.io/v1': {
    CSIDriver: CLUSTER,
    CSINode: CLUSTER,
    StorageClass: { plural: 'storageclasses', short: ['sc'], scope: 'Cluster' },
    VolumeAttachment: { scope: 'Cluster', sub: STATUS },
  },
  'apiextensions.k8s.io/v1': {
    CustomResourceDefinition: { short: ['crd', 'crds'], scope: 'Cluster', sub: STATUS, counted: true },
  },
  'scheduling.k8s.io/v1': {
    PriorityClass: { plural: 'priorityclasses', short: ['pc'], scope: 'Cluster', counted: true },
  },
  'coordination.k8s.io/v1': { Lease: {} },
  'discovery.k8s.io/v1': { EndpointSlice: { counted: true } },
};

export const BUILT_IN_KINDS: readonly ResourceKind[] = Object.entries(TABLE).flatMap(
  ([groupVersion, kinds]) => {
    const [version = '', group = ''] = groupVersion.split('/').toReversed();
    return Object.entries(kinds).map(([kind, traits]): ResourceKind => {
      const singular = kind.toLowerCase();
      return {
        group,
        version,
        kind,
        singular,
        plural: traits.plural ?? `${singular}s`,
        namespaced: traits.scope !== 'Cluster',
        shortNames: traits.short ?? [],
        categories: traits.all === true ? ['all'] : [],
        subresources: traits.sub ?? [],
        verbs: traits.verbs ?? ALL_VERBS,
        counted: traits.counted === true,
        selectableFields: traits.fields ?? [],
        ...(traits.viewOf === undefined ? {} : { viewOf: traits.viewOf }),
      };
    });
  },
);
