/** Sees to it that an image is on a machine's host before the machine is made or booted from it. */
import { Context } from '@temporalio/activity';
import { fail } from '../../../domain/errors.js';
import { isNamedFor } from '../../../domain/image-volume.js';
import type { PlannedImage } from '../../../domain/plan.js';
import type { ProxmoxContext } from '../dependencies.js';
import { awaitDownloads, download, type Download } from './download.js';
import { hostsOf, imageOn, imagePermit, imagePlace } from './image-place.js';

export interface EnsureImageRequest {
  /** The cluster that uses it. */
  readonly clusterUid: string;
  readonly image: PlannedImage;
  readonly host: string;
}

export interface EnsuredImage {
  readonly volume: string;
  readonly sizeBytes: number;
  /** False when it was there already. */
  readonly downloaded: boolean;
}

/**
 * @throws `IMAGE_NOT_FOUND` when it is not there and nobody says where to get it, `IMAGE_CHECKSUM_MISMATCH`,
 *   `IMAGE_DOWNLOAD_FAILED`, `STEP_NOT_VERIFIED`
 */
export async function ensureImage(
  context: ProxmoxContext,
  { clusterUid, image, host }: EnsureImageRequest,
): Promise<EnsuredImage> {
  const { client, images, limiter } = context;
  const { volume } = image;
  const place = await imagePlace(client, volume, host);
  const wanted = downloadOf(image);
  if (wanted === null) {
    const file = await imageOn(client, volume, host);
    if (file === undefined) throw fail('IMAGE_NOT_FOUND', `${volume} is not on ${host}`);
    return { volume, sizeBytes: file.sizeBytes, downloaded: false };
  }
  const checksum = `${wanted.checksum.algorithm}:${wanted.checksum.hex}`;
  const activity = Context.current();
  return limiter.run(
    [imagePermit(place)],
    async () => {
      const before = await images.get(place);
      await images.use({ ...place, url: wanted.url, checksum, clusterUid });
      await awaitDownloads(client, volume, await hostsOf(client, place));
      const found = await imageOn(client, volume, host);
      const isKnown =
        found !== undefined && before?.checksum === checksum && before.sizeBytes === found.sizeBytes;
      if (isKnown) return { volume, sizeBytes: found.sizeBytes, downloaded: false };
      // Also for a file that is there: Proxmox VE then compares it with the checksum, and downloads nothing.
      await download(client, host, wanted);
      const file = await imageOn(client, volume, host);
      if (file === undefined) {
        throw fail('STEP_NOT_VERIFIED', `${volume} is not on ${host} after its download`);
      }
      await images.verified(place, file.sizeBytes);
      return { volume, sizeBytes: file.sizeBytes, downloaded: found === undefined };
    },
    {
      owner: clusterUid,
      signal: activity.cancellationSignal,
      onWait: (waitingFor, ahead) => activity.heartbeat({ waitingFor, ahead }),
    },
  );
}

/** What has to be downloaded; `null` for a file that has to be there. */
function downloadOf({ volume, url, checksum }: PlannedImage): Download | null {
  if (url === null) return null;
  if (checksum === null || !isNamedFor(volume, checksum.hex)) {
    throw fail('INTERNAL', `${volume} of ${url} is not named for its checksum`);
  }
  return { volume, url, checksum };
}
