/** Services and the order in which they start. */
import { topologicalOrder } from '../../domain/graph.js';
import type { DefinitionDraft } from '../definition/resolve.js';
import { faultAt, type Rule } from './rule.js';

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

function namedServices(draft: DefinitionDraft): NamedService[] {
  return (draft.services ?? []).flatMap((service, index) => {
    if (service?.name === undefined) return [];
    const dependsOn = (service.dependsOn ?? []).filter((name) => name !== undefined);
    return [{ id: service.name, index, dependsOn, startupOrder: service.startupOrder }];
  });
}
