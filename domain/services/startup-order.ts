/** Which services come before which. */
import type { ServiceDependency } from '../cluster-definition.js';

type Ordered = Pick<ServiceDependency, 'name' | 'dependsOn' | 'startupOrder'>;

/** Names of those that a service waits for: what it depends on, and all with a lower `startupOrder`. */
export function servicesBefore(service: Ordered, services: readonly Ordered[]): string[] {
  return services
    .filter(
      ({ name, startupOrder }) =>
        name !== service.name && (service.dependsOn.includes(name) || startupOrder < service.startupOrder),
    )
    .map(({ name }) => name);
}
