/** What a VM that is created, rather than cloned, gets in the call that makes it. */
import type { MachineIdentity } from '../../../domain/machine.js';
import type { PlannedMachine } from '../../../domain/plan.js';
import type { ConfigChange } from '../client.js';
import { vmDescription } from '../description.js';
import { desiredConfig } from '../desired-config.js';
import { drivesOf } from '../drives.js';
import type { LocatedVm } from '../locate.js';

/** The slot of the machine's disk. */
export const DISK = 'scsi0';

/**
 * All of its identity at once: UUID, MAC address, name, tags and mark, so that it can be proved to be ours from the
 * moment on at which its configuration says anything.
 */
export function newVm(identity: MachineIdentity, machine: PlannedMachine): ConfigChange {
  // A host that restarts must not start a machine that is not configured yet.
  const { onboot: _onboot, ...config } = desiredConfig(identity, machine, {
    smbios1: `uuid=${identity.uuid}`,
  });
  return {
    ...config,
    description: vmDescription(identity, machine),
    ostype: 'l26',
    scsihw: 'virtio-scsi-pci',
    serial0: 'socket',
  };
}

export function hasDisk({ config }: LocatedVm): boolean {
  return drivesOf(config).some(({ slot, isCdrom }) => slot === DISK && !isCdrom);
}
