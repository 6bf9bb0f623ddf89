/** Which machines of services may become what they are for, and what waits for them. */
import { condition } from '@temporalio/workflow';
import type { ServiceDependency, ServiceType } from '../../domain/cluster-definition.js';
import { runsInCluster } from '../../domain/services/in-cluster.js';
import { recordsServerOf } from '../../domain/services/name-server.js';
import { servicesBefore } from '../../domain/services/startup-order.js';
import type { PlannedMachine } from '../../domain/plan.js';

export class ServiceOrder {
  private readonly services: readonly ServiceDependency[];
  /** Machines that are not up yet, by service. */
  private readonly missing = new Map<string, Set<string>>();

  constructor(services: readonly ServiceDependency[], machines: readonly PlannedMachine[]) {
    this.services = services;
    for (const { name, group, role } of machines) {
      if (role !== 'SERVICE') continue;
      const names = this.missing.get(group) ?? new Set();
      this.missing.set(group, names.add(name));
    }
    for (const service of services) {
      if (recordsServerOf(service) !== null || runsInCluster(service))
        this.missing.set(service.name, new Set([service.name]));
    }
  }

  get isEmpty(): boolean {
    return this.missing.size === 0;
  }

  serviceOf({ group, role }: PlannedMachine): ServiceDependency | undefined {
    return role === 'SERVICE' ? this.services.find(({ name }) => name === group) : undefined;
  }

  /** It serves, or nobody waits for it any longer. */
  settled({ name, group }: Pick<PlannedMachine, 'name' | 'group'>): void {
    this.missing.get(group)?.delete(name);
  }

  /** What has no machines of its own now serves. */
  settledOutside({ name }: ServiceDependency): void {
    this.settled({ name, group: name });
  }

  /** Waits for those that come before the service. */
  async turnOf(service: ServiceDependency): Promise<void> {
    const before = servicesBefore(service, this.services);
    await condition(() => before.every((name) => this.isUp(name)));
  }

  /** All that nodes wait for: what runs in the cluster waits for them instead. */
  async allUp(): Promise<void> {
    await condition(() =>
      this.services.every((service) => runsInCluster(service) || this.isUp(service.name)),
    );
  }

  isUpAll(type: ServiceType): boolean {
    return this.services.every((service) => service.type !== type || this.isUp(service.name));
  }

  /** A service that is not there is not waited for. */
  isUp(service: string): boolean {
    return (this.missing.get(service)?.size ?? 0) === 0;
  }
}
