import { describe, expect, test } from '@jest/globals';
import { isoImage } from '../../../activities/cloud-init/iso9660.js';
import { findSeed } from '../../../lab/guest/cloud-init/seed.js';
import { readIso } from '../../../lab/guest/iso9660-reader.js';

const SECTOR = 2_048;

function anImage(
  volumeId = 'cidata',
  files: Record<string, string> = { 'user-data': 'u', 'meta-data': 'm' },
): Uint8Array {
  const contents = Object.entries(files).map(([name, text]) => ({
    name,
    content: new TextEncoder().encode(text),
  }));
  return isoImage(volumeId, contents);
}

/** A copy with the Joliet descriptor made unreadable. */
function withoutJoliet(image: Uint8Array): Uint8Array {
  const copy = Buffer.from(image);
  copy.write('xxx', 17 * SECTOR + 88, 'latin1');
  return copy;
}

function texts(image: Uint8Array): Record<string, string> {
  const entries = [...(readIso(image)?.files ?? [])];
  return Object.fromEntries(entries.map(([name, content]) => [name, Buffer.from(content).toString()]));
}

describe('reading an ISO 9660 image', () => {
  test('finds the files by their Joliet names', () => {
    const files = { 'user-data': 'x'.repeat(5_000), 'meta-data': '', 'network-config': 'é' };

    expect(texts(anImage('cidata', files))).toEqual(files);
  });

  test('falls back to Rock Ridge names', () => {
    const files = { 'user-data': 'one', 'network-config': 'two' };

    expect(texts(withoutJoliet(anImage('cidata', files)))).toEqual(files);
  });

  test('reads a directory of several sectors', () => {
    const files = Object.fromEntries(
      Array.from({ length: 60 }, (_, index) => [`file-number-${index}`, String(index)]),
    );

    expect(texts(anImage('many', files))).toEqual(files);
  });

  test('tells the volume', () => {
    expect(readIso(anImage('cidata'))?.volumeId).toBe('cidata');
  });

  test.each([
    ['nothing', new Uint8Array()],
    ['noise', Buffer.alloc(40 * SECTOR, 0xa5)],
    ['an image that is cut off behind its descriptors', anImage().subarray(0, 19 * SECTOR)],
  ])('takes %s for no image', (_, bytes) => {
    expect(readIso(bytes)).toBeUndefined();
  });

  test('does not follow a directory that points outside of the image', () => {
    const image = Buffer.from(anImage());
    image.writeUInt32LE(0xffffff, 17 * SECTOR + 156 + 2);

    expect(readIso(image)).toBeUndefined();
  });
});

describe('the seed', () => {
  test('is the medium with the label cidata, in whatever case', () => {
    const other = anImage('config-2', { 'user-data': 'wrong', 'meta-data': 'wrong' });

    const seed = findSeed([other, anImage('CIDATA')]);

    expect(seed).toEqual({ userData: 'u', metaData: 'm', networkConfig: null });
  });

  test('is none without meta-data', () => {
    expect(findSeed([anImage('cidata', { 'user-data': 'u' })])).toBeUndefined();
  });
});
