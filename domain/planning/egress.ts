/** Which machines are the way out of an isolated network, and at which address the others find them. */
import type { ClusterDefinition } from '../cluster-definition.js';
import type { PlannedMachine, PlannedVirtualAddress } from '../plan.js';
import { virtualNames } from '../services/service-groups.js';

/** Whether machines of a group translate addresses for the others. */
export function leadsOut(
  { network, services }: ClusterDefinition,
  { role, name }: { readonly role: PlannedMachine['role']; readonly name: string },
): boolean {
  switch (network.egress) {
    case 'BASTION':
      return role === 'BASTION';
    case 'LOAD_BALANCER': {
      const service = services.find((candidate) => candidate.name === name);
      return role === 'SERVICE' && service?.type === 'LOAD_BALANCER';
    }
    case 'GATEWAY':
    case 'NONE':
      return false;
  }
}

/** The address that several load balancers share; `undefined`: the way out is a machine's own address. */
export function virtualAddressOf(
  { network, services }: ClusterDefinition,
  virtualAddresses: readonly PlannedVirtualAddress[],
): string | undefined {
  if (network.egress !== 'LOAD_BALANCER') return undefined;
  const service = services.find(({ type }) => type === 'LOAD_BALANCER');
  const name = service && virtualNames.inside(service.name);
  return virtualAddresses.find((candidate) => candidate.name === name)?.address;
}
