/** What the fields of a DNS service must agree on. */
import type { Fault } from '../../domain/errors.js';
import { faultAt, type Rule, servicesOf } from './rule.js';

export const dnsFitsItsKind: Rule = (draft) =>
  servicesOf(draft, 'DNS').flatMap(({ service: { configuration }, path }) => {
    if (configuration?.kind === undefined) return [];
    const { kind, machines, server } = configuration;
    const faults: Fault[] = [];
    const add = (field: string, detail: string): void => {
      faults.push(faultAt([...path, field], detail));
    };
    switch (kind) {
      case 'DNSMASQ':
        if (machines === null) add('machines', 'must not be null for DNSMASQ: it runs on one');
        if (server !== null && server !== undefined)
          add('server', 'must be null for DNSMASQ; RFC2136 has one');
        return faults;
      case 'RFC2136':
        if (machines !== null && machines !== undefined)
          add('machines', 'must be null for RFC2136: the server is there already');
        if (server === null) add('server', 'is required for RFC2136');
        return faults;
    }
  });

/** Records outside of the zone would be refused by the server, one after the other. */
export const zoneHoldsTheDomain: Rule = (draft) =>
  servicesOf(draft, 'DNS').flatMap(({ service: { configuration }, path }) => {
    const zone = configuration?.server?.zone;
    const domain = draft.network?.domain;
    if (zone === undefined || domain === undefined) return [];
    if (domain === zone || domain.endsWith(`.${zone}`)) return [];
    return [faultAt([...path, 'server', 'zone'], `does not hold the domain of the network, ${domain}`)];
  });
