/** The NoCloud datasource: a medium with the label `cidata`, files that an installer left, or documents of a server. */
import type { DiskTree } from '../disk/disk-tree.js';
import { putFile, readText } from '../disk/root-files.js';
import { readIso } from '../iso9660-reader.js';

export interface Seed {
  readonly userData: string;
  readonly metaData: string;
  /** `null` when there is none. */
  readonly networkConfig: string | null;
}

/** Where cloud-init looks on the disk. */
const SEED_FOLDER = '/var/lib/cloud/seed/nocloud';

/** The first medium that is one; both files must be there, though they may be empty. */
export function findSeed(media: readonly Uint8Array[]): Seed | undefined {
  for (const medium of media) {
    const image = readIso(medium);
    if (image?.volumeId.toLowerCase() !== 'cidata') continue;
    const text = (name: string): string | undefined => {
      const content = image.files.get(name);
      return content === undefined ? undefined : Buffer.from(content).toString();
    };
    const [userData, metaData] = [text('user-data'), text('meta-data')];
    if (userData === undefined || metaData === undefined) continue;
    return { userData, metaData, networkConfig: text('network-config') ?? null };
  }
  return undefined;
}

export function seedOnDisk(disk: DiskTree): Seed | undefined {
  const text = (name: string): string | undefined => readText(disk, `${SEED_FOLDER}/${name}`);
  const [userData, metaData] = [text('user-data'), text('meta-data')];
  if (userData === undefined || metaData === undefined) return undefined;
  return { userData, metaData, networkConfig: text('network-config') ?? null };
}

export function putSeed(disk: DiskTree, { userData, metaData, networkConfig }: Seed): void {
  const documents = { 'user-data': userData, 'meta-data': metaData, 'network-config': networkConfig };
  for (const [name, text] of Object.entries(documents))
    if (text !== null) putFile(disk, `${SEED_FOLDER}/${name}`, text, { mode: 0o600 });
}

/**
 * Where a server has the documents: `ds=nocloud-net;s=http://10.1.107.2:8090/path/`, as SMBIOS serial number or among
 * the kernel's arguments. The names of the documents are put behind it.
 */
export function seedAddress(text: string): string | undefined {
  const argument = text.split(/\s+/).find((word) => /^ds=nocloud(?:-net)?(?:;|$)/.test(word));
  const setting = argument?.split(';').find((part) => /^(?:s|seedfrom)=/.test(part));
  return setting?.slice(setting.indexOf('=') + 1);
}
