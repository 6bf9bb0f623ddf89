/** Takes a backup before something is changed that cannot be changed back, and reads it back. */
import { CancellationScope } from '@temporalio/workflow';
import type { ClusterDefinition } from '../../domain/cluster-definition.js';
import type { UpgradeBackup } from '../../domain/upgrade/upgrade-request.js';
import { backups } from './activities.js';
import { failureOf } from './failure.js';
import type { StepRunner } from './step-runner.js';

/** A destination that is away must not keep the upgrade waiting for half a day. */
const ATTEMPTS = { maximumAttempts: 10, maximumInterval: '1 minute' } as const;
const TAKE_SECONDS = 12 * 3_600;
const DISCARD_FOR = '30 minutes';

/**
 * Where it fails nobody is asked: nothing has been touched.
 * @returns what an operator should know of it.
 */
export async function backUpFirst(
  { clusterUid, definition }: { readonly clusterUid: string; readonly definition: ClusterDefinition },
  { id: backupId, destination: wanted }: UpgradeBackup,
  { steps, step }: { readonly steps: StepRunner; readonly step: string },
): Promise<string> {
  let begun: { readonly destination: string } | undefined;
  try {
    return await steps.run(
      step,
      async (options) => {
        begun = await backups.beginBackup.executeWithOptions(options, [
          {
            ...{ backupId, clusterUid, cluster: definition.name, destination: wanted },
            reason: 'before-upgrade',
          },
        ]);
        const place = { backupId, clusterUid, destination: begun.destination };
        const tried = { ...options, retry: ATTEMPTS };
        const manifest = await backups.takeBackup.executeWithOptions(tried, [{ ...place, definition }]);
        await backups.verifyBackup.executeWithOptions(tried, [place]);
        await backups.completeBackup.executeWithOptions(options, [{ backupId, manifest }]);
        return `the state before is kept as the backup ${backupId} at "${begun.destination}"`;
      },
      { givesUp: true, softLimitSeconds: TAKE_SECONDS },
    );
  } catch (error) {
    if (begun !== undefined) {
      const { destination } = begun;
      const { detail } = failureOf(error);
      await CancellationScope.nonCancellable(async () => {
        try {
          await backups.discardBackup.executeWithOptions({ scheduleToCloseTimeout: DISCARD_FOR }, [
            { backupId, clusterUid, destination, detail },
          ]);
        } catch {
          // What is left at the destination is removed with the next backup that is taken.
        }
      });
    }
    throw error;
  }
}
