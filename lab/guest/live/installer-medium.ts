/** The lab's installation medium: small, and bootable like any other. */
import { isoImage } from '../../../activities/cloud-init/iso9660.js';
import { bootCatalogue, withBootRecord } from '../firmware/el-torito.js';

const SECTOR_BYTES = 2_048;

/** The same bytes each time: their checksum can be written down. */
export function installerMedium(): Uint8Array {
  const image = isoImage('DEBIAN12_LIVE', [
    { name: 'boot.cat', content: bootCatalogue() },
    { name: 'live-installer', content: Buffer.from('Debian GNU/Linux 12\n') },
  ]);
  return withBootRecord(image, sectorOf(image, bootCatalogue()));
}

/** Files begin at sectors. */
function sectorOf(image: Uint8Array, content: Uint8Array): number {
  return Buffer.from(image).indexOf(content) / SECTOR_BYTES;
}
