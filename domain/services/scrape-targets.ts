/** Where Prometheus finds the exporters of a cluster, in the form of its service discovery (`http_sd_config`). */
import type { ClusterDefinition, MachineRole } from '../cluster-definition.js';
import { isNode } from '../plan-steps.js';
import type { NodeRecord } from '../step-record.js';

export interface ScrapeTargets {
  /** `address:port` */
  readonly targets: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
}

type Node = Pick<NodeRecord, 'name' | 'group' | 'role' | 'address' | 'ready'>;

/** None where the cluster has no exporters, and none of nodes that have not joined. */
export function scrapeTargets(
  { name, services }: Pick<ClusterDefinition, 'name' | 'services'>,
  nodes: readonly Node[],
): ScrapeTargets[] {
  const service = services.find(({ type }) => type === 'MONITORING');
  if (service?.type !== 'MONITORING') return [];
  const { nodeExporterPort, kubeStateMetricsPort } = service.configuration;
  const joined = nodes.filter(({ role, ready }) => ready && isNode({ role: role as MachineRole }));
  // Each node leads to the one exporter: more than one of them would count everything twice.
  const door = joined.find(({ role }) => role === 'CONTROL_PLANE') ?? joined[0];
  return [
    ...joined.map((node) => ({
      targets: [`${node.address}:${nodeExporterPort}`],
      labels: { job: 'node-exporter', cluster: name, node: node.name, group: node.group },
    })),
    ...(door === undefined
      ? []
      : [
          {
            targets: [`${door.address}:${kubeStateMetricsPort}`],
            labels: { job: 'kube-state-metrics', cluster: name },
          },
        ]),
  ];
}
