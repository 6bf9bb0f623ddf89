/** Services that run in the cluster itself: they begin once its API answers, and no machine waits for them. */
import type { ServiceDependency, TypedService } from '../cluster-definition.js';

export type InClusterService = TypedService<'STORAGE'> | TypedService<'MONITORING'>;

export function runsInCluster(service: ServiceDependency): service is InClusterService {
  switch (service.type) {
    case 'STORAGE':
    case 'MONITORING':
      return true;
    case 'LOAD_BALANCER':
    case 'DNS':
    case 'DHCP':
    case 'PXE_BOOT':
      return false;
  }
}

/** Of the plan: the service is provided and was seen to work. */
export function serviceStepId(service: string): string {
  return `service-${service}`;
}

export function serviceStepTitle(service: InClusterService): string {
  return service.type === 'STORAGE'
    ? `Provide storage, and bind a claim of ${service.configuration.storageClass}`
    : `Provide the exporters in ${service.configuration.namespace}`;
}
