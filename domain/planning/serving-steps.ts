/** The machines of services in the order in which they become what they are for, and what waits for them. */
import type { ServiceDependency, ServiceType } from '../cluster-definition.js';
import { topologicalOrder } from '../graph.js';
import { runsInCluster, serviceStepId, type InClusterService } from '../services/in-cluster.js';
import { recordsServerOf } from '../services/name-server.js';
import { servicesBefore } from '../services/startup-order.js';
import type { PlannedMachine } from '../plan.js';
import { CLUSTER_STEPS, MACHINE_STEPS, machineStepId, type StepOutline } from '../plan-steps.js';

export class ServingSteps {
  private readonly services: readonly ServiceDependency[];
  private readonly machines: readonly PlannedMachine[];
  private readonly outline: StepOutline;

  constructor(
    services: readonly ServiceDependency[],
    machines: readonly PlannedMachine[],
    outline: StepOutline,
  ) {
    const sorted = topologicalOrder(
      services.map((service) => ({
        ...service,
        id: service.name,
        dependsOn: servicesBefore(service, services),
      })),
    );
    this.services = sorted.kind === 'order' ? sorted.order : [];
    this.machines = machines.filter(({ role }) => role === 'SERVICE');
    this.outline = outline;
  }

  inOrder(): { readonly machine: PlannedMachine; readonly gate: readonly string[] }[] {
    return this.services.flatMap(({ name, dependsOn }) => {
      const gate = dependsOn.flatMap((other) => this.lastOfService(other));
      return this.machinesOf(name).map((machine) => ({ machine, gate }));
    });
  }

  /** The steps after which all services of a type can be used. */
  lastOf(type: ServiceType): string[] {
    return this.services
      .filter((service) => service.type === type)
      .flatMap(({ name }) => this.lastOfService(name));
  }

  /** What nodes wait for: those that run in the cluster wait for nodes instead. */
  all(): string[] {
    return this.services.flatMap((service) =>
      runsInCluster(service) ? [] : this.lastOfService(service.name),
    );
  }

  inCluster(): { readonly service: InClusterService; readonly gate: readonly string[] }[] {
    return this.services.filter(runsInCluster).map((service) => {
      return { service, gate: service.dependsOn.flatMap((other) => this.lastOfService(other)) };
    });
  }

  /** What has to be done before a service writes into a server that was there before. */
  beforeRecords(): string[] {
    const service = this.services.find((one) => recordsServerOf(one) !== null);
    return (service?.dependsOn ?? []).flatMap((name) => this.lastOfService(name));
  }

  lastOfService(name: string | undefined): string[] {
    const service = this.services.find((one) => one.name === name);
    if (service !== undefined && recordsServerOf(service) !== null) return [CLUSTER_STEPS.records];
    if (service !== undefined && runsInCluster(service)) return [serviceStepId(service.name)];
    return this.machinesOf(name).map((machine) =>
      machineStepId(machine.name, this.outline.serve(machine).at(-1)?.id ?? MACHINE_STEPS.cloudInit),
    );
  }

  private machinesOf(service: string | undefined): PlannedMachine[] {
    return this.machines.filter(({ group }) => group === service);
  }
}
