/** The steps that distribution and role add to those that every machine has. */
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import { isNode, type OutlinedStep, type StepOutline } from '../domain/plan-steps.js';
import { platformCluster, platformMachine, type ServiceSettings } from './platform-input.js';
import { platformOf } from './registry.js';

/** @throws `PLATFORM_NOT_AVAILABLE` */
export function stepOutline(
  definition: ClusterDefinition,
  settings: Pick<ServiceSettings, 'k3sInstallUrl'>,
): StepOutline {
  const platform = platformOf(definition.type);
  const cluster = platformCluster(definition, [], settings);
  return {
    prepare: (machine) =>
      isNode(machine) ? platform.prepare(platformMachine(machine), cluster) : bastionOutline(definition),
    join: (machine) => platform.join(platformMachine(machine), cluster),
  };
}

/** Named like the step of `domain/network/nat.ts`. */
function bastionOutline({ network }: ClusterDefinition): OutlinedStep[] {
  return network.egress === 'BASTION'
    ? [{ id: 'nat', title: `Translate addresses for ${network.cidr}` }]
    : [];
}
