/** What tests validate: three servers, a worker and a machine of a service. */
import type { ClusterDefinition } from '../../../domain/cluster-definition.js';
import { withServices } from '../../../domain/services/service-groups.js';
import type { ValidatedMachine, ValidationSubject } from '../../../domain/validation/subject.js';
import { aClusterOf } from '../../builders/definition.js';
import { PAIR } from '../../builders/service.js';

export const NOW = Date.parse('2026-06-01T00:00:00.000Z');

const aMachine = (
  group: string,
  role: ValidatedMachine['role'],
  ordinal: number,
  last: number,
): ValidatedMachine => ({
  name: `edge-${group}-${ordinal}`,
  group,
  role,
  address: `10.1.107.${last}`,
});

export const SERVERS = [1, 2, 3].map((ordinal) =>
  aMachine('server', 'CONTROL_PLANE', ordinal, 100 + ordinal),
);
export const WORKER = aMachine('worker', 'WORKER', 1, 110);
export const BALANCER = aMachine('front', 'SERVICE', 1, 120);

export function aValidationSubject(
  change: Partial<ClusterDefinition> = {},
  rest: Partial<Omit<ValidationSubject, 'definition'>> = {},
): ValidationSubject {
  const definition = aClusterOf(3, 1, { ...WITH_BALANCER, ...change });
  return {
    definition: withServices(definition),
    machines: [...SERVERS, WORKER, BALANCER],
    baseline: {},
    now: NOW,
    ...rest,
  };
}

const WITH_BALANCER: Partial<ClusterDefinition> = {
  services: [
    {
      name: 'front',
      type: 'LOAD_BALANCER',
      configuration: {
        kind: 'HAPROXY',
        address: null,
        machines: PAIR,
        publicSide: null,
      } as never,
      dependsOn: [],
      required: true,
      startupOrder: 1,
    },
    {
      name: 'names',
      type: 'DNS',
      configuration: { server: null, machines: { ...PAIR, count: 1 } } as never,
      dependsOn: [],
      required: true,
      startupOrder: 2,
    },
  ],
};
