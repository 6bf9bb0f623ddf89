/** The address that clients of a dual-homed load balancer use. */
import { formatAddress } from '../../domain/network/address.js';
import { formatCidr, usableRange } from '../../domain/network/cidr.js';
import { rangeContains } from '../../domain/network/range.js';
import { readAddress, readCidr, readRange } from './network-reading.js';
import { faultAt, type Rule, servicesOf } from './rule.js';

/** Subnet, range and gateway are judged as those of any other interface, by `rules/interfaces.ts`. */
export const publicAddressIsFree: Rule = (draft) =>
  servicesOf(draft, 'LOAD_BALANCER').flatMap(({ service: { configuration }, path }) => {
    const side = configuration?.publicSide;
    const address = readAddress(side?.address);
    if (address === undefined || side === null || side === undefined) return [];
    const [subnet, range] = [readCidr(side.cidr), readRange(side.ipRange)];
    const text = formatAddress(address);
    const fault = (detail: string) => [faultAt([...path, 'publicSide', 'address'], `${text} ${detail}`)];
    if (subnet !== undefined && !rangeContains(usableRange(subnet), address))
      return fault(`is not the address of a machine in ${formatCidr(subnet)}`);
    const gateway = readAddress(side.gateway);
    if (gateway !== undefined && formatAddress(gateway) === text) return fault('is the gateway');
    const count = configuration?.machines?.count;
    if (range === undefined || count === undefined) return [];
    const isLeased = rangeContains(range, address);
    if (count === 2 && isLeased)
      return fault('is in the range, from which the machines lease; take one outside');
    if (count === 1 && (range.first !== address.value || range.last !== address.value))
      return fault(
        `is that of the one machine, and cannot be leased from ${side.ipRange ?? ''} as well; give one of them`,
      );
    return [];
  });
