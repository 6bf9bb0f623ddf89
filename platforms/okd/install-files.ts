/** What the install programme makes of `install-config.yaml`, and for how long it is good. */
import type { MachineRole } from '../../domain/cluster-definition.js';
import { fail } from '../../domain/errors.js';
import { installFolder } from './names.js';

export const IGNITION_FILES = ['bootstrap.ign', 'master.ign', 'worker.ign'] as const;
export type IgnitionFile = (typeof IGNITION_FILES)[number];

/** The first certificates of the kubelets, which are in the files, end then: the bootstrap has to be over. */
export const CERTIFICATE_SECONDS = 24 * 3_600;
/** Older files are not booted from any more: a bootstrap takes an hour at most, and may have to be begun again. */
export const OLDEST_BOOTED_SECONDS = 20 * 3_600;

/** On the machine that the install programme runs on. */
export function installPaths(cluster: string) {
  const folder = installFolder(cluster);
  const made = `${folder}/files`;
  return {
    /** Kept: the programme removes the one that it is given. */
    config: `${folder}/install-config.yaml`,
    files: made,
    kubeconfig: `${made}/auth/kubeconfig`,
    ignition: (name: IgnitionFile) => `${made}/${name}`,
    /** Seconds since the epoch when they were made, a blank, and the SHA-256 of the configuration that they were made from. */
    record: `${folder}/made`,
  };
}

/** @throws `BOOT_DOCUMENT_INVALID` for a machine that is no node of OKD. */
export function ignitionFileOf(role: MachineRole): IgnitionFile {
  switch (role) {
    case 'BOOTSTRAP':
      return 'bootstrap.ign';
    case 'CONTROL_PLANE':
      return 'master.ign';
    // A machine of INFRA is a worker that the scheduler is told more of.
    case 'WORKER':
    case 'INFRA':
      return 'worker.ign';
    case 'BASTION':
    case 'SERVICE':
      throw fail('BOOT_DOCUMENT_INVALID', `a ${role} machine has no Ignition document`);
  }
}
