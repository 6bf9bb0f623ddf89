/** What the fields of a load balancer must agree on. */
import type { Fault } from '../../domain/errors.js';
import { formatAddress } from '../../domain/network/address.js';
import { formatCidr, usableRange } from '../../domain/network/cidr.js';
import { rangeContains } from '../../domain/network/range.js';
import { BALANCED_BY } from '../definition/balanced-services.js';
import { readAddress, readNetwork } from './network-reading.js';
import { faultAt, type Rule, servicesOf } from './rule.js';

export const balancerFitsItsKind: Rule = (draft) =>
  servicesOf(draft, 'LOAD_BALANCER').flatMap(({ service: { configuration }, path }) => {
    if (configuration?.kind === undefined) return [];
    const { kind, machines, publicSide, address } = configuration;
    const faults: Fault[] = [];
    const add = (field: string, detail: string): void => {
      faults.push(faultAt([...path, field], detail));
    };
    if (kind === 'HAPROXY') {
      if (machines === null) add('machines', 'must not be null for HAPROXY: it runs on them');
      if (machines?.count === 1 && typeof address === 'string')
        add('address', 'must be null with one machine: it is reached at the address of its own');
      return faults;
    }
    if (machines !== null && machines !== undefined)
      add('machines', `must be null for ${kind}: only HAPROXY has machines of its own`);
    if (publicSide !== null && publicSide !== undefined)
      add('publicSide', `must be null for ${kind}: only HAPROXY has machines with a second interface`);
    if (kind === 'EXTERNAL' && address === null)
      add('address', 'is required for EXTERNAL: nothing else says where the load balancer is');
    return faults;
  });

/** It is leased to nobody, and nobody else's. */
export const balancerAddressIsFree: Rule = (draft) => {
  const { subnet, range, gateway, nameservers, virtual } = readNetwork(draft);
  return servicesOf(draft, 'LOAD_BALANCER').flatMap(({ service: { configuration }, path }) => {
    const address = readAddress(configuration?.address);
    if (address === undefined || configuration?.kind === undefined) return [];
    const text = formatAddress(address);
    const fault = (detail: string): Fault[] => [faultAt([...path, 'address'], `${text} ${detail}`)];
    // One that is there already may be behind a router.
    const mustBeInside = configuration.kind !== 'EXTERNAL';
    if (subnet !== undefined && mustBeInside && !rangeContains(usableRange(subnet), address))
      return fault(`is not the address of a machine in ${formatCidr(subnet)}`);
    if (range !== undefined && rangeContains(range, address))
      return fault('is in the ipRange, from which machines lease; take one outside');
    if (gateway !== undefined && formatAddress(gateway) === text) return fault('is the gateway');
    if (nameservers.some((server) => formatAddress(server) === text)) return fault('is a name server');
    if (virtual.some((other) => formatAddress(other) === text)) return fault('is a virtual address');
    return [];
  });
};

export const balancedServicesAreThere: Rule = (draft) =>
  servicesOf(draft, 'LOAD_BALANCER').flatMap(({ service: { configuration }, path }) =>
    (configuration?.services ?? []).flatMap((name, index) => {
      if (name === undefined) return [];
      const fault = (detail: string): Fault[] => [faultAt([...path, 'services', index], detail)];
      if (draft.type !== undefined && !BALANCED_BY[draft.type].includes(name))
        return fault(
          `is not served by machines of ${draft.type}: they have ${BALANCED_BY[draft.type].join(', ')}`,
        );
      return configuration?.kind === 'KUBE_VIP' && name === 'ingress'
        ? fault('cannot be reached by KUBE_VIP: its address leads to control-plane machines')
        : [];
    }),
  );
