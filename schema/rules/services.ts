/** Services, and the order in which they start. */
import type { ServiceType } from '../../domain/cluster-definition.js';
import { topologicalOrder } from '../../domain/graph.js';
import type { DefinitionDraft } from '../definition/resolve.js';
import { duplicates, faultAt, type Rule, servicesOf } from './rule.js';

interface NamedService {
  readonly id: string;
  readonly index: number;
  readonly dependsOn: readonly string[];
  readonly startupOrder: number | undefined;
}

export const servicesDependOnKnownOnes: Rule = (draft) => {
  // A service whose name is ill-formed may be the one that is meant.
  if (draft.services?.some((service) => service?.name === undefined)) return [];
  const names = new Set(namedServices(draft).map(({ id }) => id));
  return (draft.services ?? []).flatMap((service, index) =>
    (service?.dependsOn ?? []).flatMap((name, position) =>
      name === undefined || names.has(name)
        ? []
        : [faultAt(['services', index, 'dependsOn', position], `there is no service "${name}"`)],
    ),
  );
};

export const servicesHaveNoCycle: Rule = (draft) => {
  const services = namedServices(draft);
  const sorted = topologicalOrder(services);
  if (sorted.kind === 'order') return [];
  const [start] = sorted.cycle;
  const index = services.find(({ id }) => id === start)?.index ?? 0;
  const loop = [...sorted.cycle, start].join(' -> ');
  return [faultAt(['services', index, 'dependsOn'], `goes in a circle: ${loop}`)];
};

export const startupOrderFollowsDependencies: Rule = (draft) => {
  const services = namedServices(draft);
  if (topologicalOrder(services).kind === 'cycle') return [];
  const orders = new Map(services.map(({ id, startupOrder }) => [id, startupOrder]));
  return services.flatMap(({ index, dependsOn, startupOrder = Number.POSITIVE_INFINITY }) => {
    const late = dependsOn.find((name) => (orders.get(name) ?? 0) >= startupOrder);
    if (late === undefined) return [];
    const detail = `${startupOrder} is not after "${late}", which it depends on and which has ${orders.get(late)}`;
    return [faultAt(['services', index, 'startupOrder'], detail)];
  });
};

/** Those of which a cluster has one: two would answer the same questions, or listen on the same ports. */
const SINGLE = ['LOAD_BALANCER', 'DNS', 'DHCP', 'PXE_BOOT', 'MONITORING'] as const satisfies ServiceType[];

export const servicesAreNotRivals: Rule = ({ services }) =>
  duplicates(services, ['services'], (service) => SINGLE.find((type) => type === service?.type), 'type');

/** Two servers in one subnet would each be right half of the time. */
export const addressesAreServedOnce: Rule = (draft) => {
  const [network] = servicesOf(draft, 'PXE_BOOT');
  if (network === undefined) return [];
  const name = network.service.name ?? '';
  const detail = `DHCP is answered by PXE_BOOT "${name}", for all machines; two servers contradict each other`;
  return servicesOf(draft, 'DHCP').map(({ index }) => faultAt(['services', index, 'type'], detail));
};

function namedServices(draft: DefinitionDraft): NamedService[] {
  return (draft.services ?? []).flatMap((service, index) => {
    if (service?.name === undefined) return [];
    const dependsOn = (service.dependsOn ?? []).filter((name) => name !== undefined);
    return [{ id: service.name, index, dependsOn, startupOrder: service.startupOrder }];
  });
}
