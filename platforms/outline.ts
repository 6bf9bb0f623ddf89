/** The steps that distribution and role add to those that every machine has. */
import type { ClusterDefinition } from '../domain/cluster-definition.js';
import { type OutlinedStep, type StepOutline } from '../domain/plan-steps.js';
import { serviceOutline } from '../domain/services/service-outline.js';
import { isInstallHost } from './install-host.js';
import { platformCluster, platformMachine, type ServiceSettings } from './platform-input.js';
import type { Platform } from './platform.js';
import { platformOf } from './registry.js';

/** @throws `PLATFORM_NOT_AVAILABLE` */
export function stepOutline(definition: ClusterDefinition, settings: ServiceSettings): StepOutline {
  const platform = platformOf(definition.type);
  const cluster = platformCluster(definition, { machines: [], virtualAddresses: [] }, settings);
  return {
    joinOrder: platform.joinOrder(definition),
    givesKubeconfig: givesKubeconfig(platform),
    serve: (machine) => [
      ...serviceOutline(definition, machine),
      ...(isInstallHost(definition, machine) ? (platform.installHost?.(definition) ?? []) : []),
    ],
    prepare: (machine) => {
      if (machine.role === 'SERVICE') return [];
      return machine.role === 'BASTION'
        ? [...bastionOutline(definition), ...(platform.installHost?.(definition) ?? [])]
        : platform.prepare(platformMachine(machine), cluster);
    },
    join: (machine, first) => {
      const machines = first === undefined || first === machine ? [machine] : [first, machine];
      const formed = platformCluster(definition, { machines, virtualAddresses: [] }, settings);
      return platform.join(platformMachine(machine), formed);
    },
  };
}

/** The one of OKD is made by its install programme. */
export function givesKubeconfig({
  kubeconfigPath,
  system,
}: Pick<Platform, 'kubeconfigPath' | 'system'>): boolean {
  return kubeconfigPath !== null || system === 'TALOS';
}

/** Named like the step of `domain/network/nat.ts`. */
function bastionOutline({ network }: ClusterDefinition): OutlinedStep[] {
  return network.egress === 'BASTION'
    ? [{ id: 'nat', title: `Translate addresses for ${network.cidr}` }]
    : [];
}
