/** What of a definition's services cannot be provided. */
import type { ClusterDefinition, ServiceDependency } from '../cluster-definition.js';
import type { Fault } from '../errors.js';
import { runsInCluster } from '../services/in-cluster.js';
import { servicesBefore } from '../services/startup-order.js';

/** Where the exporter that OKD brings with it listens on each node. */
const PORT_OF_OKD = 9100;

export function serviceFaults(definition: Pick<ClusterDefinition, 'services' | 'type'>): Fault[] {
  return definition.services.flatMap((service, index) => [
    ...faultOf(service, definition, `/services/${index}`),
    ...orderFaults(service, definition.services, `/services/${index}`),
  ]);
}

function faultOf(service: ServiceDependency, { type }: { readonly type: string }, pointer: string): Fault[] {
  switch (service.type) {
    case 'MONITORING':
      return type === 'OKD' && service.configuration.nodeExporterPort === PORT_OF_OKD
        ? [
            {
              pointer: `${pointer}/configuration/nodeExporterPort`,
              detail: `must not be ${PORT_OF_OKD}: the exporter that OKD brings listens there`,
            },
          ]
        : [];
    case 'LOAD_BALANCER':
    case 'DNS':
    case 'DHCP':
    case 'PXE_BOOT':
    case 'STORAGE':
      return [];
  }
}

/** What runs in the cluster waits for nodes, which wait for all that does not. */
function orderFaults(
  service: ServiceDependency,
  services: readonly ServiceDependency[],
  pointer: string,
): Fault[] {
  if (runsInCluster(service)) return [];
  const before = new Set(servicesBefore(service, services));
  const late = services.find((other) => before.has(other.name) && runsInCluster(other));
  if (late === undefined) return [];
  const detail = `comes after "${late.name}", which runs in the cluster, and the cluster's nodes wait for this one`;
  return [{ pointer: `${pointer}/startupOrder`, detail }];
}
