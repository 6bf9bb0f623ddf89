/** The complete list of firewall rules of a machine: what was asked for, and what the cluster cannot do without. */
import type { ClusterDefinition, NodeGroup } from '../cluster-definition.js';
import type { FirewallRule } from '../firewall.js';

const API_SERVER_PORT = '6443';
const SSH_PORT = '22';

/**
 * In the order in which they are looked at, the first match decides:
 * 1. Everything from the machines and pods of the cluster itself. No rule of the definition can forbid it.
 * 2. The rules of the cluster, then those of the group.
 * 3. SSH, by which the machine is set up; the Kubernetes API on control planes; ICMP. A rule of the definition may narrow
 *    or forbid them, which is for the operator to answer for.
 * What no rule matches is dropped inwards and let out.
 * @returns `null` where the firewall stays off.
 */
export function machineFirewall(
  { network }: Pick<ClusterDefinition, 'network'>,
  group: Pick<NodeGroup, 'role' | 'network'>,
): readonly FirewallRule[] | null {
  if (network.firewall === null) return null;
  return [
    allow({ source: network.cidr, comment: 'Clusterwright: machines of the cluster' }),
    allow({ source: network.podCidr, comment: 'Clusterwright: pods of the cluster' }),
    ...network.firewall,
    ...group.network.firewall,
    allow({ protocol: 'TCP', ports: [SSH_PORT], comment: 'Clusterwright: SSH' }),
    ...(group.role === 'CONTROL_PLANE'
      ? [allow({ protocol: 'TCP', ports: [API_SERVER_PORT], comment: 'Clusterwright: Kubernetes API' })]
      : []),
    allow({ protocol: 'ICMP', comment: 'Clusterwright: ICMP' }),
  ];
}

function allow(change: Partial<FirewallRule>): FirewallRule {
  return {
    direction: 'IN',
    action: 'ACCEPT',
    protocol: 'ANY',
    ports: [],
    source: null,
    destination: null,
    comment: '',
    ...change,
  };
}
