/** The cluster's names as its own machines are told them. */
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import { clusterDomain } from '../../domain/dns/cluster-names.js';
import { clusterRecords } from '../../domain/dns/cluster-records.js';
import type { DnsRecord } from '../../domain/dns/dns-record.js';
import type { Plan } from '../../domain/plan.js';
import { isNode } from '../../domain/plan-steps.js';
import { apiEndpoint } from '../../domain/services/api-endpoint.js';

export function clusterNames({
  definition,
  plan,
}: {
  readonly definition: ClusterDefinition;
  readonly plan: Plan;
}): { readonly domain: string; readonly records: readonly DnsRecord[] } {
  const { name: cluster, network, services } = definition;
  const { address } = apiEndpoint(definition, plan);
  const balancer = services.find(({ type }) => type === 'LOAD_BALANCER');
  const forwardsIngress =
    balancer?.type === 'LOAD_BALANCER' && balancer.configuration.services.includes('ingress');
  const records = clusterRecords({
    cluster,
    domain: network.domain,
    api: address,
    apiInternal: address,
    ingress: forwardsIngress ? address : null,
    nodes: plan.machines
      .filter((machine) => isNode(machine) || machine.role === 'BOOTSTRAP')
      .map((machine) => ({ name: machine.name, address: machine.network.address })),
  });
  return { domain: clusterDomain({ cluster, domain: network.domain }), records };
}
