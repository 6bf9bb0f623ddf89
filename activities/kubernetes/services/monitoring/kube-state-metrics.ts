/** What the API knows of its objects, as metrics (https://github.com/kubernetes/kube-state-metrics, `examples/standard`). */
import type { V1PolicyRule } from '@kubernetes/client-node';
import { accountWithRole, type ClusterObject } from '../cluster-object.js';
import { ourLabels, selectorLabels } from '../labels.js';
import { deployment } from '../workloads.js';
import type { MonitoringInput } from './monitoring-objects.js';

const NAME = 'kube-state-metrics';
const METRICS_PORT = 8080;
const TELEMETRY_PORT = 8081;
const USER = 65_534;

/** What it may list and watch, and nothing else: neither secrets nor configuration. */
const COLLECTED: Readonly<Record<string, readonly string[]>> = {
  '': [
    'endpoints',
    'limitranges',
    'namespaces',
    'nodes',
    'persistentvolumeclaims',
    'persistentvolumes',
    'pods',
    'replicationcontrollers',
    'resourcequotas',
    'services',
  ],
  apps: ['daemonsets', 'deployments', 'replicasets', 'statefulsets'],
  autoscaling: ['horizontalpodautoscalers'],
  batch: ['cronjobs', 'jobs'],
  'certificates.k8s.io': ['certificatesigningrequests'],
  'networking.k8s.io': ['ingresses', 'networkpolicies'],
  policy: ['poddisruptionbudgets'],
  'storage.k8s.io': ['storageclasses', 'volumeattachments'],
};

export function kubeStateMetrics({
  namespace,
  kubeStateMetricsPort: nodePort,
  images,
}: MonitoringInput): ClusterObject[] {
  const account = { namespace, name: NAME };
  const rules: V1PolicyRule[] = Object.entries(COLLECTED).map(([group, resources]) => {
    return { apiGroups: [group], resources: [...resources], verbs: ['list', 'watch'] };
  });
  return [
    ...accountWithRole(account, rules),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { ...account, labels: ourLabels(NAME, 'exporter') },
      spec: {
        // Prometheus is outside of the cluster, and does not know its pods.
        type: 'NodePort',
        selector: selectorLabels(NAME, 'exporter'),
        ports: [{ name: 'metrics', port: METRICS_PORT, targetPort: 'metrics', nodePort, protocol: 'TCP' }],
      },
    },
    deployment(
      { ...account, app: NAME, component: 'exporter' },
      {
        serviceAccountName: NAME,
        enableServiceLinks: false,
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        tolerations: [
          { key: 'node-role.kubernetes.io/control-plane', operator: 'Exists', effect: 'NoSchedule' },
        ],
        containers: [
          {
            name: NAME,
            image: images('kubeStateMetrics'),
            args: [`--resources=${Object.values(COLLECTED).flat().toSorted().join(',')}`],
            ports: [
              { name: 'metrics', containerPort: METRICS_PORT, protocol: 'TCP' },
              { name: 'telemetry', containerPort: TELEMETRY_PORT, protocol: 'TCP' },
            ],
            livenessProbe: { httpGet: { path: '/livez', port: 'metrics' }, initialDelaySeconds: 5 },
            readinessProbe: { httpGet: { path: '/readyz', port: 'telemetry' }, initialDelaySeconds: 5 },
            resources: { requests: { cpu: '10m', memory: '64Mi' }, limits: { memory: '512Mi' } },
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ['ALL'] },
              readOnlyRootFilesystem: true,
              runAsNonRoot: true,
              runAsUser: USER,
              seccompProfile: { type: 'RuntimeDefault' },
            },
          },
        ],
      },
    ),
  ];
}
