/** The images that the lab's own web site has. Each is small: what matters is that it is that image and no other. */
import { createHash } from 'node:crypto';
import { installerMedium } from '../guest/live/installer-medium.js';
import { qcow2Image } from './qcow2.js';

const GIB = 2 ** 30;
const SITE = 'https://images.lab.internal';

export interface LabImage {
  readonly url: string;
  readonly file: string;
  readonly bytes: Uint8Array;
  /** `sha256:<hex>`, as a definition writes it. */
  readonly checksum: string;
}

/** A cloud image: imported as a machine's disk, it boots. */
export const CLOUD_IMAGE = labImage(
  'ubuntu-24.04-server-cloudimg-amd64.img',
  qcow2Image(3 * GIB, 'Ubuntu 24.04 LTS'),
);

/** Another one, for machines that are not all alike. */
export const OTHER_CLOUD_IMAGE = labImage(
  'debian-12-generic-amd64.qcow2',
  qcow2Image(2 * GIB, 'Debian GNU/Linux 12'),
);

/** The disk of a machine with Talos. */
export const TALOS_IMAGE = labImage('talos-1.9.1-nocloud-amd64.qcow2', qcow2Image(2 * GIB, 'Talos v1.9.1'));

/** A live system that installs itself on the machine's empty disk. */
export const INSTALLER = labImage('debian-12-live-installer.iso', installerMedium());

const ALL: readonly LabImage[] = [CLOUD_IMAGE, OTHER_CLOUD_IMAGE, TALOS_IMAGE, INSTALLER];

export function labImageAt(url: string): LabImage | undefined {
  return ALL.find((image) => image.url === url);
}

export function labImageNamed(file: string): LabImage | undefined {
  return ALL.find((image) => image.file === file);
}

/** True for addresses of the lab's own site, which exists nowhere else. */
export function isLabSite(url: string): boolean {
  return url.startsWith(`${SITE}/`);
}

function labImage(file: string, bytes: Uint8Array): LabImage {
  const hex = createHash('sha256').update(bytes).digest('hex');
  return { url: `${SITE}/${file}`, file, bytes, checksum: `sha256:${hex}` };
}
