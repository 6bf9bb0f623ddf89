/** Brings images to the hosts that need them: a child of the operation that needs them, which shows why it failed. */
import { setCurrentDetails } from '@temporalio/workflow';
import type { EnsuredImage } from '../activities/proxmox/images/ensure-image.js';
import type { PlannedImage } from '../domain/plan.js';
import { proxmox } from './lib/activities.js';
import { forEachLimited } from './lib/concurrency.js';
import { workflowFailure } from './lib/failure.js';

export interface EnsureImagesInput {
  readonly clusterUid: string;
  readonly cluster: string;
  readonly images: readonly { readonly image: PlannedImage; readonly host: string }[];
}

export interface EnsureImagesResult {
  /** In the order in which they were asked for. */
  readonly images: readonly (EnsuredImage & { readonly host: string })[];
}

/** Downloads share the line to the outside. */
const MAX_AT_ONCE = 8;

/** An installation medium has several gigabytes; what fails for a quarter of an hour is told to the operation. */
const OPTIONS = {
  startToCloseTimeout: '2 hours',
  retry: {
    initialInterval: '10 seconds',
    backoffCoefficient: 2,
    maximumInterval: '5 minutes',
    maximumAttempts: 8,
  },
} as const;

export async function ensureImages({
  clusterUid,
  cluster,
  images,
}: EnsureImagesInput): Promise<EnsureImagesResult> {
  const ensured = new Map<number, EnsuredImage>();
  const show = (): void => setCurrentDetails(details(cluster, images, ensured));
  show();
  try {
    await forEachLimited([...images.entries()], MAX_AT_ONCE, async ([index, { image, host }]) => {
      const options = { ...OPTIONS, summary: `${image.volume} on ${host}` };
      ensured.set(
        index,
        await proxmox.ensureImage.executeWithOptions(options, [{ clusterUid, image, host }]),
      );
      show();
    });
  } catch (error) {
    throw workflowFailure(error);
  }
  return {
    images: images.flatMap(({ host }, index) => {
      const image = ensured.get(index);
      return image === undefined ? [] : [{ ...image, host }];
    }),
  };
}

function details(
  cluster: string,
  images: EnsureImagesInput['images'],
  ensured: ReadonlyMap<number, EnsuredImage>,
): string {
  const lines = images.map(({ image, host }, index) => {
    const done = ensured.get(index);
    const state = done === undefined ? 'wanted' : done.downloaded ? 'downloaded' : 'was there';
    return `- \`${image.volume}\` on ${host}: ${state}`;
  });
  return [`### Images of ${cluster}`, ...lines].join('\n');
}
