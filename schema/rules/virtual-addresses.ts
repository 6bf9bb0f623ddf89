/** Addresses that no machine has for itself. */
import { formatAddress } from '../../domain/network/address.js';
import { formatCidr, usableRange } from '../../domain/network/cidr.js';
import { rangeContains } from '../../domain/network/range.js';
import { readAddress, readNetwork } from './network-reading.js';
import { duplicates, faultAt, type Rule } from './rule.js';

const PATH = ['network', 'virtualAddresses'] as const;

export const virtualAddressesAreUnique: Rule = ({ network }) => [
  ...duplicates(network?.virtualAddresses, PATH, (one) => one?.name, 'name'),
  ...duplicates(
    network?.virtualAddresses,
    PATH,
    (one) => {
      const address = readAddress(one?.address);
      return address && formatAddress(address);
    },
    'address',
  ),
];

/** They move between the machines, so they are in their subnet, and nobody else's. */
export const virtualAddressesAreInSubnet: Rule = (draft) => {
  const { subnet, gateway, nameservers } = readNetwork(draft);
  return (draft.network?.virtualAddresses ?? []).flatMap((one, index) => {
    const address = readAddress(one?.address);
    if (address === undefined) return [];
    const text = formatAddress(address);
    const fault = (detail: string) => [faultAt([...PATH, index, 'address'], `${text} ${detail}`)];
    if (subnet !== undefined && !rangeContains(usableRange(subnet), address))
      return fault(`is not the address of a machine in ${formatCidr(subnet)}`);
    if (gateway !== undefined && formatAddress(gateway) === text) return fault('is the gateway');
    if (nameservers.some((server) => formatAddress(server) === text)) return fault('is a name server');
    return [];
  });
};
