/** Fills in the defaults of the services, above all the order in which they start. */
import type { ServiceDependency, ServiceType } from '../../domain/cluster-definition.js';
import { topologicalOrder } from '../../domain/graph.js';
import { given, type Known, section } from '../known.js';
import { DEFAULTS } from './defaults.js';
import { type LoadBalancerContext, resolveLoadBalancer } from './resolve-load-balancer.js';
import {
  resolveDhcp,
  resolveDns,
  resolveMonitoring,
  resolvePxeBoot,
  resolveStorage,
} from './resolve-service-configuration.js';
import { MAX_STARTUP_ORDER } from './service.js';
import type { DefinitionInput } from './shape.js';

type ServiceInput = NonNullable<DefinitionInput['services']>[number];
type ServiceDraft = Known<ServiceDependency>;

export interface ServiceContext extends LoadBalancerContext {
  /** Of the cluster's network. */
  readonly domain: string | undefined;
  /** Whether there is a BASTION group; `undefined` is not known. */
  readonly hasBastion: boolean | undefined;
}

export function resolveServices(
  input: readonly Known<ServiceInput>[] | undefined,
  context: ServiceContext,
): readonly ServiceDraft[] | undefined {
  if (input === undefined) return undefined;
  const orders = startupOrders(input);
  return input.map((service, index) => {
    if (service === undefined) return undefined;
    const common = {
      name: given(service, 'name', undefined),
      dependsOn: given(service, 'dependsOn', []),
      required: given(service, 'required', DEFAULTS.required),
      startupOrder: orders[index],
    };
    return { ...common, ...configured(service, context) };
  });
}

/** Type and configuration of the service. */
function configured(service: NonNullable<Known<ServiceInput>>, context: ServiceContext) {
  switch (service.type) {
    case 'LOAD_BALANCER': {
      const configuration = resolveLoadBalancer(section(service, 'configuration'), context);
      return { type: service.type, configuration };
    }
    case 'DNS':
      return {
        type: service.type,
        configuration: resolveDns(section(service, 'configuration'), context.domain),
      };
    case 'DHCP':
      return { type: service.type, configuration: resolveDhcp(section(service, 'configuration')) };
    case 'PXE_BOOT': {
      const configuration = resolvePxeBoot(section(service, 'configuration'), context.hasBastion);
      return { type: service.type, configuration };
    }
    case 'STORAGE': {
      const configuration = resolveStorage(
        section(service, 'configuration'),
        given(service, 'name', undefined),
      );
      return { type: service.type, configuration };
    }
    case 'MONITORING':
      return { type: service.type, configuration: resolveMonitoring(section(service, 'configuration')) };
    case undefined:
      return { type: undefined, configuration: undefined };
  }
}

/** Names and addresses first, then what they lead to, then what boots from it; the last two need a running cluster. */
const TURNS: Readonly<Record<ServiceType, number>> = {
  DNS: 1,
  DHCP: 1,
  LOAD_BALANCER: 2,
  PXE_BOOT: 3,
  STORAGE: 4,
  MONITORING: 4,
};

/** What is given stands. Where it is left out, a service has the turn of its type, or one after all that it depends on. */
function startupOrders(input: readonly Known<ServiceInput>[]): (number | undefined)[] {
  const nodes = input.map((service, index) => ({
    id: service?.name ?? `#${index}`,
    dependsOn: (service?.dependsOn ?? []).filter((name) => name !== undefined),
    turn: service?.type === undefined ? 1 : TURNS[service.type],
    index,
    service,
  }));
  const sorted = topologicalOrder(nodes);
  // A cycle is a fault of its own; any order will do until it is mended.
  const order = sorted.kind === 'order' ? sorted.order : nodes;

  const byName = new Map<string, number>();
  const orders: (number | undefined)[] = [];
  for (const { id, dependsOn, turn, index, service } of order) {
    const earliest = Math.max(turn, ...dependsOn.map((name) => (byName.get(name) ?? 0) + 1));
    const startupOrder = given(service, 'startupOrder', Math.min(earliest, MAX_STARTUP_ORDER));
    orders[index] = startupOrder;
    if (startupOrder !== undefined) byName.set(id, startupOrder);
  }
  return orders;
}
