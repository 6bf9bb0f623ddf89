/** What has to be there so that machines can be booted or configured over the network. */
import type { ClusterDefinition } from '../cluster-definition.js';
import type { Fault } from '../errors.js';

/** @param bootUrl where machines reach the boot service; `null` when there is none. */
export function bootServiceFaults(
  { nodeGroups, services }: ClusterDefinition,
  bootUrl: string | null,
): Fault[] {
  const hasBastion = nodeGroups.some(({ role, count }) => role === 'BASTION' && count > 0);
  const unserved = services.flatMap((service, index): Fault[] =>
    service.type === 'PXE_BOOT' && service.configuration.machines === null && !hasBastion
      ? [
          {
            pointer: `/services/${index}/type`,
            detail: `service "${service.name}" needs a node group with the role BASTION to run on`,
          },
        ]
      : [],
  );
  if (bootUrl !== null) return unserved;
  const unreachable = nodeGroups.flatMap(({ boot, count }, index): Fault[] => {
    if (count === 0) return [];
    const needs = boot.method === 'PXE' ? 'method' : boot.delivery === 'NETWORK' ? 'delivery' : null;
    if (needs === null) return [];
    return [
      {
        pointer: `/nodeGroups/${index}/boot/${needs}`,
        detail: `${boot[needs]} needs the boot service, and BOOT_URL is not set`,
        code: 'BOOT_SERVICE_OFF',
      },
    ];
  });
  return [...unserved, ...unreachable];
}

/** What an operator should know before machines are started. */
export function bootServiceWarnings({ nodeGroups, services }: ClusterDefinition): string[] {
  const boots = nodeGroups.some(({ boot, count }) => boot.method === 'PXE' && count > 0);
  if (!boots || services.some(({ type }) => type === 'PXE_BOOT')) return [];
  return [
    'machines boot by PXE and no service of type PXE_BOOT is asked for: your own DHCP server has to lead them to /ipxe/<mac> of the boot service',
  ];
}
