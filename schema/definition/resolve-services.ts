/** Fills in the defaults of the services, above all the order in which they start. */
import type { ServiceDependency } from '../../domain/cluster-definition.js';
import { topologicalOrder } from '../../domain/graph.js';
import { given, type Known } from '../known.js';
import { DEFAULTS } from './defaults.js';
import { MAX_STARTUP_ORDER } from './service.js';
import type { DefinitionInput } from './shape.js';

type ServiceInput = NonNullable<DefinitionInput['services']>[number];
type ServiceDraft = Known<ServiceDependency>;

export function resolveServices(
  input: readonly Known<ServiceInput>[] | undefined,
): readonly ServiceDraft[] | undefined {
  if (input === undefined) return undefined;
  const orders = startupOrders(input);
  return input.map((service, index) => {
    if (service === undefined) return undefined;
    return {
      name: given(service, 'name', undefined),
      type: given(service, 'type', undefined),
      configuration: given(service, 'configuration', {}),
      dependsOn: given(service, 'dependsOn', []),
      required: given(service, 'required', DEFAULTS.required),
      startupOrder: orders[index],
    };
  });
}

/**
 * What is given stands. Where it is left out, a service starts at its position in the list, but after all that it
 * depends on, so that a list in another order than its dependencies does not contradict itself.
 */
function startupOrders(input: readonly Known<ServiceInput>[]): (number | undefined)[] {
  const nodes = input.map((service, index) => ({
    id: service?.name ?? `#${index}`,
    dependsOn: (service?.dependsOn ?? []).filter((name) => name !== undefined),
    index,
    service,
  }));
  const sorted = topologicalOrder(nodes);
  // A cycle is a fault of its own; any order will do until it is mended.
  const order = sorted.kind === 'order' ? sorted.order : nodes;

  const byName = new Map<string, number>();
  const orders: (number | undefined)[] = [];
  for (const { id, dependsOn, index, service } of order) {
    const earliest = Math.max(index, ...dependsOn.map((name) => byName.get(name) ?? 0)) + 1;
    const startupOrder = given(service, 'startupOrder', Math.min(earliest, MAX_STARTUP_ORDER));
    orders[index] = startupOrder;
    if (startupOrder !== undefined) byName.set(id, startupOrder);
  }
  return orders;
}
