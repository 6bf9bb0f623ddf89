/** What all parts of a restore are told. */
import type { RestorePaths } from '../../domain/restore/restore-paths.js';
import type { RestorePlan } from '../../domain/restore/restore-plan.js';
import type { BackupPlace } from '../../activities/backup/verify-backup.js';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { MachineIdentity } from '../../domain/machine.js';
import type { Plan } from '../../domain/plan.js';
import type { PlatformRestore } from '../../platforms/platform.js';
import type { ServiceSettings } from '../../platforms/platform-input.js';
import type { RestoreRun } from './restore-run.js';

export interface Restoring {
  readonly clusterUid: string;
  /** With the version of the backup, and the groups of services. */
  readonly definition: ClusterDefinition;
  readonly plan: Plan;
  readonly place: BackupPlace;
  readonly how: PlatformRestore;
  readonly what: RestorePlan;
  readonly paths: RestorePaths;
  readonly settings: ServiceSettings;
  /** Of all machines that there are; those that are made anew come to it. */
  readonly identities: Map<string, MachineIdentity>;
  readonly run: RestoreRun;
}
