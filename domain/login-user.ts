/** Who logs in on a machine over SSH. */
import type { PlannedMachine } from './plan.js';

/** Of Fedora CoreOS and its kin, which have no other (https://docs.fedoraproject.org/en-US/fedora-coreos/authentication/). */
const CORE_USER = 'core';

/** @param cloudUser whom cloud-init makes. */
export function loginUser({ system }: Pick<PlannedMachine, 'system'>, cloudUser: string): string {
  return system === 'IGNITION' ? CORE_USER : cloudUser;
}
