/** What can be reached through a load balancer. */
import type { ClusterType } from '../../domain/cluster-definition.js';
import type { BalancedService } from '../../domain/services/configuration.js';

/** What machines of each distribution serve. */
export const BALANCED_BY: Readonly<Record<ClusterType, readonly BalancedService[]>> = {
  OKD: ['api', 'ingress', 'machine-config'],
  TALOS: ['api', 'ingress', 'talos'],
  K3S: ['api', 'ingress'],
  RKE2: ['api', 'ingress', 'rke2'],
  VANILLA: ['api', 'ingress'],
};

/** What its machines cannot do without. */
export function defaultBalancedServices(type: ClusterType): readonly BalancedService[] {
  return BALANCED_BY[type].filter((service) => type === 'OKD' || service !== 'ingress');
}
