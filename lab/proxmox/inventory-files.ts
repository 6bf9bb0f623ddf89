/** The bytes of the files that storages have from the beginning. */
import { labImageNamed } from '../images/lab-images.js';
import type { VolumeContents } from './volume-contents.js';
import type { World } from './world.js';

/** Of each such file whose bytes are not kept yet. */
export function inventoryFiles(
  world: World,
  contents: VolumeContents,
): { readonly id: string; readonly bytes: Uint8Array }[] {
  return [...world.volumes.values()].flatMap(({ id, content, image }) => {
    if (content === 'images' || image === '' || contents.get(id) !== undefined) return [];
    const bytes = labImageNamed(image)?.bytes;
    return bytes === undefined ? [] : [{ id, bytes }];
  });
}
