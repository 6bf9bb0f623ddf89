/** What only a request says: words that are gone once its defaults are filled in. */
import type { ServiceType } from '../../domain/cluster-definition.js';
import type { Fault } from '../../domain/errors.js';
import { parseAttachment } from '../../domain/network/vlan.js';
import type { DefinitionDraft } from '../definition/resolve.js';
import type { LoadBalancerInput } from '../definition/services/load-balancer.js';
import type { DefinitionInput } from '../definition/shape.js';
import type { Known } from '../known.js';
import type { PathSegment } from '../pointer.js';
import { faultAt } from './rule.js';

export type RequestRule = (request: Known<DefinitionInput>, draft: DefinitionDraft) => Fault[];

const PUBLIC_FIELDS = [
  'publicInterface',
  'publicCidr',
  'publicIpRange',
  'publicGateway',
  'publicAddress',
] as const satisfies (keyof LoadBalancerInput)[];

/** It is said field by field, or as a whole. */
const publicSideIsSaidOnce: RequestRule = (request) =>
  balancers(request).flatMap(({ configuration, path }) => {
    const given = PUBLIC_FIELDS.filter((name) => Object.hasOwn(configuration, name));
    const faults = (names: readonly string[], detail: string): Fault[] =>
      names.map((name) => faultAt([...path, name], detail));
    const saysWhether = Object.hasOwn(configuration, 'dualHomed');
    if (Object.hasOwn(configuration, 'publicSide'))
      return faults([...given, ...(saysWhether ? ['dualHomed'] : [])], 'is said by publicSide already');
    if (saysWhether)
      return configuration.dualHomed === false ? faults(given, 'needs dualHomed to be true') : [];
    return given.includes('publicInterface') ? [] : faults(given, 'needs a publicInterface');
  });

const publicSideIsComplete: RequestRule = (request, draft) =>
  balancers(request).flatMap(({ configuration, index, path }) => {
    const drafted = draft.services?.[index];
    const side = drafted?.type === 'LOAD_BALANCER' ? drafted.configuration?.publicSide : undefined;
    if (side === undefined || side === null) return [];
    const isResolved = Object.hasOwn(configuration, 'publicSide');
    const source = isResolved ? (configuration.publicSide ?? {}) : configuration;
    const missing = (name: string, value: unknown): boolean =>
      value === undefined && !Object.hasOwn(source, name);
    const at = (name: string): PathSegment[] =>
      isResolved ? [...path, 'publicSide', name] : [...path, name];
    const word = (whole: string, flat: string): string => (isResolved ? whole : flat);

    const faults: Fault[] = [];
    if (!isResolved && missing('publicInterface', side.bridge))
      faults.push(faultAt(at('publicInterface'), 'is required where dualHomed is true'));
    const cidr = word('cidr', 'publicCidr');
    if (missing(cidr, side.cidr))
      faults.push(
        faultAt(at(cidr), 'is required: the service has no public network of its own (PUBLIC_CIDR)'),
      );
    const ipRange = word('ipRange', 'publicIpRange');
    if (side.cidr !== undefined && missing(ipRange, side.ipRange))
      faults.push(faultAt(at(ipRange), 'is required with a subnet of your own'));
    return faults;
  });

/** Whoever names it wants to be sure of where the machines are. */
const privateInterfaceIsTheClusters: RequestRule = (request, draft) =>
  balancers(request).flatMap(({ configuration, path }) => {
    const { privateInterface } = configuration;
    const { bridge, privateVLAN } = draft.network ?? {};
    if (privateInterface === undefined || bridge === undefined || privateVLAN === undefined) return [];
    const named = parseAttachment(privateInterface);
    if (named.bridge === bridge && named.vlan === privateVLAN) return [];
    const own = privateVLAN === null ? bridge : `${bridge}.${privateVLAN}`;
    return [faultAt([...path, 'privateInterface'], `is not the cluster's network, which is on ${own}`)];
  });

export const REQUEST_RULES: readonly RequestRule[] = [
  publicSideIsSaidOnce,
  publicSideIsComplete,
  privateInterfaceIsTheClusters,
];

interface Balancer {
  readonly configuration: NonNullable<Known<LoadBalancerInput>>;
  readonly index: number;
  readonly path: readonly PathSegment[];
}

function balancers(request: Known<DefinitionInput>): Balancer[] {
  const type: ServiceType = 'LOAD_BALANCER';
  return (request?.services ?? []).flatMap((service, index) =>
    service?.type === type && service.configuration !== undefined
      ? [{ configuration: service.configuration, index, path: ['services', index, 'configuration'] }]
      : [],
  );
}
