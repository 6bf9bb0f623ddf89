/** The addresses that a DHCP server is asked to give out. */
import { cidrContainsRange } from '../../domain/network/cidr.js';
import { given, type Known, section } from '../known.js';
import { readCidr, readRange } from '../rules/network-reading.js';
import type { NetworkDefaults } from './resolve-network.js';
import type { DefinitionInput } from './shape.js';

/**
 * Machines that get their addresses by DHCP lease them from its range, unless the network says another.
 * @returns `undefined` where no service names a range within the cluster's subnet.
 */
export function servedRange(
  input: Known<DefinitionInput>,
  defaults: Pick<NetworkDefaults, 'cidr'>,
): string | undefined {
  const subnet = readCidr(given(section(input, 'network'), 'cidr', defaults.cidr));
  const ranges = (given(input, 'services', []) ?? []).flatMap((service) =>
    service?.type === 'PXE_BOOT' || service?.type === 'DHCP' ? (service.configuration?.dhcpRange ?? []) : [],
  );
  return ranges.find((text) => {
    const range = readRange(text);
    return subnet !== undefined && range !== undefined && cidrContainsRange(subnet, range);
  });
}
