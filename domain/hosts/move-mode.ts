/** How a VM gets to another host, and what forbids it whatever the host. */
import type { MoveFacts } from './guest-facts.js';

/**
 * - `LIVE`: it runs all the time.
 * - `OFFLINE`: it is shut down, its local disks are copied, and it is started where they are then.
 */
export const MOVE_MODES = ['LIVE', 'OFFLINE'] as const;
export type MoveMode = (typeof MOVE_MODES)[number];

/** A VM that is off is moved as it is. */
export function moveMode(isRunning: boolean, facts: Pick<MoveFacts, 'localDisks'>): MoveMode {
  return isRunning && facts.localDisks.length === 0 ? 'LIVE' : 'OFFLINE';
}

/** @returns all that forbids it; empty when the VM can be moved. */
export function moveObjections(isRunning: boolean, facts: MoveFacts): string[] {
  const { localMedia, localResources, companions, isHaManaged, localDisks } = facts;
  return [
    ...(localMedia.length === 0 ? [] : [`it has the local medium ${localMedia.join(', ')}: detach it first`]),
    ...(localResources.length === 0
      ? []
      : [`devices of the host are passed through to it: ${localResources.join(', ')}`]),
    ...(companions.length === 0
      ? []
      : [`a rule of high availability would move ${companions.join(', ')} with it`]),
    // Its manager would start it again while its disks are copied.
    ...(isHaManaged && isRunning && localDisks.length > 0
      ? [`high availability manages it, and its disks are local: ${localDisks.join(', ')}`]
      : []),
  ];
}
