/** Removes image files that the service downloaded and that no cluster uses any more. Started by a Schedule. */
import { isCancellation, setCurrentDetails } from '@temporalio/workflow';
import { ledger, proxmox } from './lib/activities.js';
import { forEachLimited } from './lib/concurrency.js';
import { failureOf, workflowFailure } from './lib/failure.js';
import type { Failure } from './messages.js';

export interface CollectedImages {
  /** `volume on host`, or `volume` of a shared storage. */
  readonly removed: readonly string[];
  /** They came into use meanwhile. */
  readonly kept: readonly string[];
  /** The next collection tries them again. */
  readonly failed: readonly (Failure & { readonly image: string })[];
}

const MAX_AT_ONCE = 4;
/** What cannot be removed by then, such as on a host that is down, waits for the next collection. */
const ATTEMPT_FOR = '10 minutes';

export async function collectImages(): Promise<CollectedImages> {
  const removed: string[] = [];
  const kept: string[] = [];
  const failed: (Failure & { image: string })[] = [];
  try {
    const { unusedSince, images } = await ledger.listUnusedImages();
    await forEachLimited(images, MAX_AT_ONCE, async (place) => {
      const image = place.host === null ? place.volume : `${place.volume} on ${place.host}`;
      const options = { scheduleToCloseTimeout: ATTEMPT_FOR, summary: `Remove ${image}` };
      try {
        const outcome = await proxmox.removeImage.executeWithOptions(options, [{ ...place, unusedSince }]);
        (outcome.removed ? removed : kept).push(image);
      } catch (error) {
        if (isCancellation(error)) throw error;
        const { code, detail } = failureOf(error);
        failed.push({ image, code, detail });
      }
    });
  } catch (error) {
    throw workflowFailure(error);
  }
  const report = { removed: removed.toSorted(), kept: kept.toSorted(), failed };
  setCurrentDetails(details(report));
  return report;
}

function details({ removed, kept, failed }: CollectedImages): string {
  const list = (title: string, lines: readonly string[]): string[] =>
    lines.length === 0 ? [] : [`**${title}**`, ...lines.map((line) => `- ${line}`)];
  const text = [
    ...list('Removed', removed),
    ...list('In use again', kept),
    ...list(
      'Not removed',
      failed.map(({ image, code, detail }) => `${image}: ${code}: ${detail}`),
    ),
  ];
  return text.length === 0 ? 'No image was unused.' : text.join('\n');
}
