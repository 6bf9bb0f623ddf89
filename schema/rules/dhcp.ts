/** What is served by DHCP. */
import type { Fault } from '../../domain/errors.js';
import { cidrContainsRange, formatCidr } from '../../domain/network/cidr.js';
import { readNetwork, readRange } from './network-reading.js';
import { faultAt, type Rule, servicesOf } from './rule.js';

export const dhcpRangesFit: Rule = (draft) => {
  const { subnet, range } = readNetwork(draft);
  return [...servicesOf(draft, 'DHCP'), ...servicesOf(draft, 'PXE_BOOT')].flatMap(
    ({ service: { type, configuration }, index, path }): Fault[] => {
      if (subnet?.family === 6) {
        return [
          faultAt(
            ['services', index, 'type'],
            `${type ?? ''} needs an IPv4 subnet: DHCP for IPv6 is not served`,
          ),
        ];
      }
      const text = configuration?.dhcpRange;
      const served = readRange(text);
      if (served === undefined || subnet === undefined) return [];
      const fault = (detail: string): Fault[] => [faultAt([...path, 'dhcpRange'], `${text ?? ''} ${detail}`)];
      if (!cidrContainsRange(subnet, served)) return fault(`is not inside of ${formatCidr(subnet)}`);
      // An address outside of it could be leased, and not be served.
      if (range !== undefined && (range.first < served.first || range.last > served.last))
        return fault(`does not hold the ipRange ${draft.network?.ipRange ?? ''}, from which machines lease`);
      return [];
    },
  );
};
