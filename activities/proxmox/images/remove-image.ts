/** Removes an image file that the service downloaded and that nobody uses any more. */
import { Context } from '@temporalio/activity';
import { fail } from '../../../domain/errors.js';
import { parseChecksum } from '../../../domain/image-source.js';
import { isNamedFor } from '../../../domain/image-volume.js';
import type { ImageFile, ImagePlace } from '../../../store/store.js';
import type { ProxmoxContext } from '../dependencies.js';
import { deleteVolume } from '../volumes.js';
import { hostsOf, imageOn, imagePermit } from './image-place.js';

export interface RemoveImageRequest extends ImagePlace {
  /** It has to be unused since before this moment: ISO 8601, UTC. */
  readonly unusedSince: string;
}

/** Shared by all collections: it stands in the line for a file like a cluster. */
const OWNER = 'collect-images';

/**
 * @returns false when it is not removed, as it came into use, or is nothing that the service downloaded.
 * @throws `IDENTITY_MISMATCH`, `PROXMOX_NODE_UNREACHABLE` while its host is down, `RESIDUE_LEFT`
 */
export async function removeImage(
  context: ProxmoxContext,
  { volume, host, unusedSince }: RemoveImageRequest,
): Promise<{ readonly removed: boolean }> {
  const { images, limiter } = context;
  const activity = Context.current();
  return limiter.run(
    [imagePermit({ volume, host })],
    async () => {
      // Only now: nobody can begin to use it while the permit is held.
      const [file] = await images.unused(unusedSince, { volume, host });
      if (file === undefined) return { removed: false };
      await removeFile(context, file);
      await images.forget(file);
      return { removed: true };
    },
    {
      owner: OWNER,
      signal: activity.cancellationSignal,
      onWait: (waitingFor, ahead) => activity.heartbeat({ waitingFor, ahead }),
    },
  );
}

async function removeFile({ client }: ProxmoxContext, file: ImageFile): Promise<void> {
  const { volume, checksum } = file;
  const hex = parseChecksum(checksum)?.hex;
  if (hex === undefined || !isNamedFor(volume, hex))
    throw fail('IDENTITY_MISMATCH', `${volume} is not named for ${checksum}, so it is not deleted`);
  const [host] = await hostsOf(client, file);
  if (host === undefined) {
    throw fail('PROXMOX_NODE_UNREACHABLE', `no host that has ${volume} is up: ${file.host ?? 'any'}`);
  }
  const found = await imageOn(client, volume, host);
  if (found === undefined) return;
  await deleteVolume(client, found);
  if ((await imageOn(client, volume, host)) !== undefined)
    throw fail('RESIDUE_LEFT', `${volume} is still on ${host}`);
}
