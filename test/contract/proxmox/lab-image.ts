/** One of the lab's images, as a plan has it. */
import { parseChecksum, type ImageContent } from '../../../domain/image-source.js';
import { downloadedVolume } from '../../../domain/image-volume.js';
import type { PlannedImage } from '../../../domain/plan.js';
import { CLOUD_IMAGE, type LabImage } from '../../../lab/images/lab-images.js';

export function plannedImage(
  { url, file, checksum: text }: LabImage = CLOUD_IMAGE,
  content: ImageContent = 'import',
): PlannedImage {
  const checksum = parseChecksum(text);
  if (checksum === undefined) throw new Error(`${text} is no checksum`);
  const volume = downloadedVolume({ storage: 'local', content, file }, checksum);
  return { volume, content, url, checksum };
}
