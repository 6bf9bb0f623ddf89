/** The NoCloud datasource: a medium with the label `cidata`. */
import { readIso } from '../iso9660-reader.js';

export interface Seed {
  readonly userData: string;
  readonly metaData: string;
  /** `null` when the medium has none. */
  readonly networkConfig: string | null;
}

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
