/** Has the images of a plan brought to the hosts that need them. */
import { executeChild, workflowInfo } from '@temporalio/workflow';
import { workflowIds } from '../../domain/ids.js';
import type { Plan, PlannedImage } from '../../domain/plan.js';
import { CLUSTER_STEPS } from '../../domain/plan-steps.js';
import type { ensureImages } from '../ensure-images.js';
import type { ProvisionInput } from '../provision.js';
import type { ProvisionRun } from './provision-run.js';

/** A cloud image is a gigabyte or so; an installation medium several. */
const DOWNLOAD_SECONDS = 3600;

export async function ensureImagesOf(
  { clusterUid, definition }: ProvisionInput,
  run: Pick<ProvisionRun, 'steps'>,
  { machines }: Plan,
): Promise<void> {
  const needed = new Map<string, { readonly image: PlannedImage; readonly host: string }>();
  for (const { source, boot, host } of machines) {
    const image = source.kind === 'import' ? source.image : boot.iso;
    if (image !== null) needed.set(`${host} ${image.volume}`, { image, host });
  }
  if (needed.size === 0) return;
  await run.steps.run(
    CLUSTER_STEPS.images,
    () =>
      executeChild<typeof ensureImages>('ensureImages', {
        workflowId: workflowIds.images(workflowInfo().workflowId),
        args: [{ clusterUid, cluster: definition.name, images: [...needed.values()] }],
        parentClosePolicy: 'REQUEST_CANCEL',
        cancellationType: 'WAIT_CANCELLATION_COMPLETED',
        staticSummary: `Images of ${definition.name}`,
      }),
    { softLimitSeconds: DOWNLOAD_SECONDS },
  );
}
