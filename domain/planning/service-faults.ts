/** What of a definition's services cannot be provided. */
import type { ClusterDefinition, ServiceDependency } from '../cluster-definition.js';
import type { Fault } from '../errors.js';

export function serviceFaults({ services }: Pick<ClusterDefinition, 'services'>): Fault[] {
  return services.flatMap((service, index) => faultOf(service, `/services/${index}`));
}

function faultOf(service: ServiceDependency, pointer: string): Fault[] {
  switch (service.type) {
    case 'LOAD_BALANCER':
      return service.configuration.kind === 'KUBE_VIP'
        ? [{ pointer: `${pointer}/configuration/kind`, detail: 'must be HAPROXY or EXTERNAL' }]
        : [];
    case 'DNS':
    case 'DHCP':
    case 'PXE_BOOT':
      return [];
    case 'STORAGE':
    case 'MONITORING':
      return [
        {
          pointer: `${pointer}/type`,
          detail: `service "${service.name}" of type ${service.type} cannot be provided`,
        },
      ];
  }
}
