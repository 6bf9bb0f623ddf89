/** Names of the image files that the service downloads: they begin with the checksum, so that a name proves a content. */
import { fail } from './errors.js';
import type { Checksum, ImageContent } from './image-source.js';

const DIGITS = 12;
const DOWNLOADED = /^[^:]+:(?:import|iso)\/cw-([0-9a-f]{12})-[A-Za-z0-9][A-Za-z0-9._-]*$/;
const VOLUME = /^([^:]+):(import|iso)\/([^/]+)$/;

export interface ImageVolume {
  readonly storage: string;
  readonly content: ImageContent;
  readonly file: string;
}

/**
 * Volume id of what is downloaded, such as `local:import/cw-0a1b2c3d4e5f-debian-12.qcow2`.
 * @param file the last part of the URL. Proxmox VE takes no `.img` as an import, and cloud images of that name are
 *   qcow2 ones; it also turns every other unusual character into an underscore.
 */
export function downloadedVolume({ storage, content, file }: ImageVolume, checksum: Checksum): string {
  const named = content === 'import' ? file.replace(/\.img$/, '.qcow2') : file;
  const plain = named.replaceAll(/[^A-Za-z0-9._-]/g, '_');
  return `${storage}:${content}/cw-${checksum.hex.slice(0, DIGITS)}-${plain}`;
}

/** The checksum's first digits in the name of a downloaded file; `undefined` for any other file. */
export function checksumDigits(volume: string): string | undefined {
  return DOWNLOADED.exec(volume)?.[1];
}

/** True when the volume is named for what has this checksum (hexadecimal). */
export function isNamedFor(volume: string, hex: string): boolean {
  return checksumDigits(volume) === hex.slice(0, DIGITS);
}

/** @throws `INTERNAL` when it is no volume id of an image. */
export function parseImageVolume(volume: string): ImageVolume {
  const [, storage, content, file] = VOLUME.exec(volume) ?? [];
  if (storage === undefined || file === undefined)
    throw fail('INTERNAL', `"${volume}" is no volume of an image`);
  return { storage, content: content as ImageContent, file };
}
