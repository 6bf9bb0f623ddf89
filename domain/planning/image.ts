/** What a node group's image is: which file, on which storage, from where. */
import type { NodeGroup } from '../cluster-definition.js';
import type { Fault } from '../errors.js';
import {
  parseChecksum,
  parseImageSource,
  type CatalogueImage,
  type Checksum,
  type ImageSource,
} from '../image-source.js';
import { downloadedVolume } from '../image-volume.js';
import type { PlannedImage } from '../plan.js';

export interface GroupImage {
  /** Never an entry of the catalogue: that is replaced by what it stands for. */
  readonly source: Exclude<ImageSource, { kind: 'catalogue' }> | undefined;
  readonly checksum: Checksum | null;
}

/** @returns a fault for an image that the catalogue lacks. */
export function imageOfGroup(
  group: Pick<NodeGroup, 'template'>,
  pointer: string,
  catalogue: readonly CatalogueImage[],
): GroupImage | Fault {
  const { imageSource, imageChecksum } = group.template;
  const source = imageSource === null ? undefined : parseImageSource(imageSource);
  if (source?.kind !== 'catalogue') return { source, checksum: checksumOf(imageChecksum) };
  const entry = catalogue.find(({ name }) => name === source.name);
  const meant = entry && parseImageSource(entry.source);
  if (entry === undefined || meant === undefined || meant.kind === 'catalogue') {
    return {
      pointer: `${pointer}/template/imageSource`,
      detail: `the catalogue has no image "${source.name}"`,
      code: 'IMAGE_NOT_FOUND',
    };
  }
  return { source: meant, checksum: checksumOf(entry.checksum ?? imageChecksum) };
}

/** Storages that downloaded files go to. */
export interface ImageStorages {
  readonly importStorage: string;
  readonly isoStorage: string;
}

/**
 * The file that has to be on the host. A downloaded one is named after its checksum, so that its name proves what is in it.
 * @returns a fault for a URL without a checksum.
 */
export function plannedImage(
  { source, checksum }: GroupImage,
  pointer: string,
  { importStorage, isoStorage }: ImageStorages,
): PlannedImage | Fault {
  if (source === undefined || source.kind === 'template')
    return { pointer: `${pointer}/template/imageSource`, detail: 'a volume or a URL is needed' };
  const { content } = source;
  if (source.kind === 'volume') {
    const volume = `${source.storage}:${content}/${source.file}`;
    return { volume, content, url: null, checksum };
  }
  if (checksum === null) {
    return {
      pointer: `${pointer}/template/imageChecksum`,
      detail: 'is needed for a URL: what was downloaded has to be proved',
    };
  }
  const storage = content === 'iso' ? isoStorage : importStorage;
  const volume = downloadedVolume({ storage, content, file: source.file }, checksum);
  return { volume, content, url: source.url, checksum };
}

export function isFault(value: object): value is Fault {
  return 'pointer' in value;
}

function checksumOf(text: string | null): Checksum | null {
  return text === null ? null : (parseChecksum(text) ?? null);
}
