/** The steps by which a machine becomes what its service needs, as the plan shows them; they are made where they run. */
import type { ClusterDefinition, ServiceDependency } from '../cluster-definition.js';
import { PRIMARY_INTERFACE } from '../network/interface-names.js';
import type { PlannedMachine } from '../plan.js';
import type { OutlinedStep } from '../plan-steps.js';
import { leadsOut } from '../planning/egress.js';

export function serviceOutline(definition: ClusterDefinition, { group }: PlannedMachine): OutlinedStep[] {
  const service = definition.services.find(({ name }) => name === group);
  if (service === undefined) return [];
  const isWayOut = leadsOut(definition, { role: 'SERVICE', name: group });
  return [
    ...(isWayOut ? [{ id: 'nat', title: `Translate addresses for ${definition.network.cidr}` }] : []),
    ...stepsOf(definition.name, service),
  ];
}

function stepsOf(cluster: string, service: ServiceDependency): OutlinedStep[] {
  const foreignDhcp = { id: `foreign-dhcp-${PRIMARY_INTERFACE}`, title: 'See that nobody else serves DHCP' };
  switch (service.type) {
    case 'LOAD_BALANCER': {
      const { services, machines } = service.configuration;
      const haproxy = { id: 'haproxy', title: `Balance ${services.join(', ')} of ${cluster}` };
      if (machines?.count !== 2) return [haproxy];
      return [
        { id: 'foreign-addresses', title: 'Listen at addresses that the other load balancer has' },
        haproxy,
        { id: 'keepalived', title: 'Share the addresses with the other load balancer' },
      ];
    }
    case 'DNS':
      return [{ id: `dns-server-${cluster}`, title: `Serve DNS for ${cluster}` }];
    case 'DHCP':
      return [foreignDhcp, { id: `dhcp-server-${cluster}`, title: `Serve DHCP for ${cluster}` }];
    case 'PXE_BOOT':
      return [foreignDhcp, { id: `pxe-server-${cluster}`, title: `Serve PXE for ${cluster}` }];
    case 'STORAGE':
    case 'MONITORING':
      return [];
  }
}
