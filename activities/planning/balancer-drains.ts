/** What the load balancers of a cluster are told before a machine behind them stops, as data. */
import type { GuestStep } from '../../domain/guest-step.js';
import { drainSteps, readyStep, type Drain } from '../../domain/load-balancer/drain-steps.js';
import type { ServiceRequest } from './service-request.js';
import { loadBalancer, type ServiceSteps } from './service-steps.js';

export interface DrainRequest extends ServiceRequest {
  readonly machine: string;
  /** How long its connections may go on before they are closed. */
  readonly patienceSeconds: number;
}

export interface BalancerDrains {
  /** By machine of a load balancer; empty where nothing is forwarded to the machine. */
  readonly drain: ServiceSteps;
  /** The way back, when the machine stays after all. */
  readonly back: ServiceSteps;
}

/** @throws `INVALID_REQUEST` */
export function balancerDrains(request: DrainRequest): BalancerDrains {
  return {
    drain: stepsOn(request, drainSteps),
    back: stepsOn(request, (drain) => (drainSteps(drain).length === 0 ? [] : [readyStep(drain)])),
  };
}

function stepsOn(request: DrainRequest, stepsOf: (drain: Drain) => GuestStep[]): ServiceSteps {
  const { definition, plan, machine, patienceSeconds } = request;
  const steps = definition.services.flatMap((service) => {
    if (service.type !== 'LOAD_BALANCER') return [];
    const balancers = plan.machines.filter(({ role, group }) => role === 'SERVICE' && group === service.name);
    // Without machines of its own the address moves by itself.
    if (balancers.length === 0) return [];
    const found = stepsOf({ loadBalancer: loadBalancer(service, request), machine, patienceSeconds });
    return balancers.map(({ name }) => [name, found] as const);
  });
  return Object.fromEntries(steps);
}
