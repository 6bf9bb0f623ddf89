/** What each node says of itself (https://github.com/prometheus/node_exporter). */
import { privilegedOn, serviceAccount, type ClusterObject } from '../cluster-object.js';
import { daemonSet } from '../workloads.js';
import type { MonitoringInput } from './monitoring-objects.js';

const NAME = 'node-exporter';
const ROOT = '/host/root';
/** Nobody. */
const USER = 65_534;

export function nodeExporter({
  namespace,
  nodeExporterPort: port,
  type,
  images,
}: MonitoringInput): ClusterObject[] {
  const account = { namespace, name: NAME };
  return [
    serviceAccount(account),
    ...privilegedOn(type, account),
    daemonSet(
      { ...account, app: NAME, component: 'exporter' },
      {
        // The counters are those of the node, at its own address.
        hostNetwork: true,
        hostPID: true,
        serviceAccountName: NAME,
        automountServiceAccountToken: false,
        enableServiceLinks: false,
        priorityClassName: 'system-node-critical',
        nodeSelector: { 'kubernetes.io/os': 'linux' },
        tolerations: [{ operator: 'Exists' }],
        securityContext: { runAsNonRoot: true, runAsUser: USER, runAsGroup: USER },
        containers: [
          {
            name: NAME,
            image: images('nodeExporter'),
            args: [
              `--web.listen-address=:${port}`,
              `--path.rootfs=${ROOT}`,
              `--path.procfs=${ROOT}/proc`,
              `--path.sysfs=${ROOT}/sys`,
              // They come and go with pods.
              '--collector.netclass.ignored-devices=^(veth.*|cali.*|lxc.*)$',
              '--collector.netdev.device-exclude=^(veth.*|cali.*|lxc.*)$',
            ],
            ports: [{ name: 'metrics', containerPort: port, hostPort: port, protocol: 'TCP' }],
            readinessProbe: { httpGet: { path: '/', port } },
            resources: { requests: { cpu: '10m', memory: '32Mi' }, limits: { memory: '180Mi' } },
            securityContext: {
              allowPrivilegeEscalation: false,
              capabilities: { drop: ['ALL'] },
              readOnlyRootFilesystem: true,
              seccompProfile: { type: 'RuntimeDefault' },
            },
            volumeMounts: [
              { name: 'root', mountPath: ROOT, mountPropagation: 'HostToContainer', readOnly: true },
            ],
          },
        ],
        volumes: [{ name: 'root', hostPath: { path: '/', type: 'Directory' } }],
      },
    ),
  ];
}
