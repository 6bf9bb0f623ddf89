/** What a node group names as its image: a template to clone, a volume, a URL, or an entry of the catalogue. */

export type ImageContent = 'import' | 'iso';

export type ImageSource =
  /** `storage:vmid/name` */
  | { readonly kind: 'template'; readonly storage: string; readonly vmid: number; readonly name: string }
  /** `storage:import/file.qcow2` or `storage:iso/file.iso` */
  | {
      readonly kind: 'volume';
      readonly storage: string;
      readonly content: ImageContent;
      readonly file: string;
    }
  /** `https://host/path/file.qcow2`; a file that ends in `.iso` is an ISO image, anything else a disk. */
  | { readonly kind: 'url'; readonly url: string; readonly content: ImageContent; readonly file: string }
  /** The name of an image of the catalogue, such as `ubuntu-24.04`. */
  | { readonly kind: 'catalogue'; readonly name: string };

const STORAGE = '[A-Za-z][A-Za-z0-9_.-]*';
const TEMPLATE = new RegExp(`^(${STORAGE}):([1-9][0-9]{2,8})/([A-Za-z0-9][A-Za-z0-9.-]*)$`);
const VOLUME = new RegExp(`^(${STORAGE}):(import|iso)/([A-Za-z0-9][A-Za-z0-9_.+-]*)$`);
const URL_PATTERN =
  /^https:\/\/[A-Za-z0-9.-]+(?::[0-9]{1,5})?\/(?:[A-Za-z0-9._~%+-]+\/)*([A-Za-z0-9][A-Za-z0-9._+-]*)$/;
const CATALOGUE = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?$/;
const DISK_FILE = /\.(?:qcow2|raw|vmdk|img)$/;
const ISO_FILE = /\.iso$/;

/** @returns `undefined` when the text is none of the forms. */
export function parseImageSource(text: string): ImageSource | undefined {
  const template = TEMPLATE.exec(text);
  if (template !== null) {
    const [, storage = '', vmid = '', name = ''] = template;
    return { kind: 'template', storage, vmid: Number(vmid), name };
  }
  const volume = VOLUME.exec(text);
  if (volume !== null) {
    const [, storage = '', content = '', file = ''] = volume;
    const isRight = content === 'iso' ? ISO_FILE.test(file) : DISK_FILE.test(file);
    return isRight ? { kind: 'volume', storage, content: content as ImageContent, file } : undefined;
  }
  const file = URL_PATTERN.exec(text)?.[1];
  if (file !== undefined) {
    if (ISO_FILE.test(file)) return { kind: 'url', url: text, content: 'iso', file };
    return DISK_FILE.test(file) ? { kind: 'url', url: text, content: 'import', file } : undefined;
  }
  return CATALOGUE.test(text) ? { kind: 'catalogue', name: text } : undefined;
}

export interface Checksum {
  readonly algorithm: 'sha256' | 'sha512';
  /** Lower case. */
  readonly hex: string;
}

/** Reads `sha256:<64 hex digits>` or `sha512:<128 hex digits>`. */
export function parseChecksum(text: string): Checksum | undefined {
  const match = /^(sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})$/.exec(text.toLowerCase());
  if (match === null) return undefined;
  const [algorithm, hex] = match[0].split(':') as ['sha256' | 'sha512', string];
  return { algorithm, hex };
}

/** An entry of the catalogue: a name for a source, so that many definitions can mean the same image. */
export interface CatalogueImage {
  readonly name: string;
  /** Any form but the name of another entry. */
  readonly source: string;
  /** As `imageChecksum`; needed for a URL. */
  readonly checksum: string | null;
}
