/** Where the API of a cluster is reached. */
import type { ClusterDefinition } from '../cluster-definition.js';
import { apiNames } from '../dns/cluster-names.js';
import type { Plan } from '../plan.js';
import { PUBLIC_INTERFACE, virtualNames } from './service-groups.js';

export interface ApiEndpoint {
  /** In the cluster's network. Behind it are all control-plane machines that are healthy; without a load balancer it is the first one's own. */
  readonly address: string;
  readonly isBalanced: boolean;
  /** Further names and addresses that its certificate has to hold, such as `api.demo.lab.internal`. */
  readonly names: readonly string[];
}

/** Whether the control-plane machines keep the address among themselves. */
export function isKubeVip({ services }: Pick<ClusterDefinition, 'services'>): boolean {
  return services.some(
    (service) => service.type === 'LOAD_BALANCER' && service.configuration.kind === 'KUBE_VIP',
  );
}

type Planned = Pick<Plan, 'machines' | 'virtualAddresses'>;

export function apiEndpoint({ name, network, services }: ClusterDefinition, plan: Planned): ApiEndpoint {
  const first = plan.machines.find(({ role }) => role === 'CONTROL_PLANE')?.network.address ?? '';
  const service = services.find(({ type }) => type === 'LOAD_BALANCER');
  if (service?.type !== 'LOAD_BALANCER') return { address: first, isBalanced: false, names: [] };

  const virtual = (wanted: string): string | undefined =>
    plan.virtualAddresses.find((candidate) => candidate.name === wanted)?.address;
  const machine = plan.machines.find(({ role, group }) => role === 'SERVICE' && group === service.name);
  const inside = virtual(virtualNames.inside(service.name)) ?? machine?.network.address;
  const outside =
    virtual(virtualNames.outside(service.name)) ??
    machine?.interfaces.find((one) => one.name === PUBLIC_INTERFACE)?.address ??
    undefined;
  return {
    address:
      service.configuration.kind === 'EXTERNAL'
        ? (service.configuration.address ?? first)
        : (inside ?? first),
    isBalanced: true,
    names: [
      ...apiNames({ cluster: name, domain: network.domain }),
      ...(outside === undefined ? [] : [outside]),
    ],
  };
}
