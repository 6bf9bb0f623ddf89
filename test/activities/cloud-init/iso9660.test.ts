import { createHash } from 'node:crypto';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { ensureProgram } from '../../tools/debian-package.js';
import { isoImage, type IsoFile } from '../../../activities/cloud-init/iso9660.js';
import { readIso } from './iso-reader.js';

function aFile(name: string, content: string | Uint8Array): IsoFile {
  return { name, content: Buffer.from(content) };
}

const SEED = [
  aFile('user-data', '#cloud-config\nhostname: x\n'),
  aFile('meta-data', 'instance-id: a\n'),
  aFile('network-config', 'version: 2\n'),
];

/** What another program prints about the image. */
function shownBy(command: string, args: (path: string) => string[], image: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'clusterwright-iso-'));
  try {
    const path = join(folder, 'image.iso');
    writeFileSync(path, image);
    return execFileSync(command, args(path), { encoding: 'utf8' });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

describe.each(['rock-ridge', 'joliet'] as const)('an image read by its %s names', (style) => {
  test('shows the volume id as given and every file with its bytes', () => {
    const big = Buffer.alloc(3 * 2 ** 20 + 1, 'x');

    const { volumeId, files } = readIso(
      isoImage('cidata', [...SEED, aFile('big.bin', big), aFile('empty', '')]),
      style,
    );

    expect(volumeId).toBe('cidata');
    expect([...files.keys()].toSorted()).toEqual([
      'big.bin',
      'empty',
      'meta-data',
      'network-config',
      'user-data',
    ]);
    expect(files.get('user-data')?.toString()).toBe('#cloud-config\nhostname: x\n');
    expect(files.get('big.bin')?.equals(big)).toBe(true);
    expect(files.get('empty')).toHaveLength(0);
  });

  test('may have more files than one sector of directory has room for', () => {
    const many = Array.from({ length: 60 }, (_, index) => aFile(`file-${index}`, `content ${index}`));

    const { files } = readIso(isoImage('cidata', many), style);

    expect(files.size).toBe(60);
    expect(files.get('file-59')?.toString()).toBe('content 59');
  });
});

test('the same files give the same bytes', () => {
  const digest = createHash('sha256').update(isoImage('cidata', SEED)).digest('hex');

  expect(digest).toBe('c12eda3cf38ec934f0ebc511b2869fff1648a66cafef8e9e30a7537334e54daa');
});

test.each([
  ['a name in upper case', 'cidata', [aFile('USER', '')]],
  ['a path', 'cidata', [aFile('../x', '')]],
  ['two files of one name', 'cidata', [aFile('a', '1'), aFile('a', '2')]],
  ['a volume id that is too long', 'c'.repeat(17), []],
])('%s is refused', (_what, volumeId, files) => {
  expect(() => isoImage(volumeId, files)).toThrow(expect.objectContaining({ code: 'INTERNAL' }));
});

(ensureProgram('isoinfo', 'genisoimage') ? test : test.skip)('isoinfo reads the same', () => {
  const image = isoImage('cidata', SEED);

  const shown = shownBy('isoinfo', (path) => ['-i', path, '-J', '-x', '/user-data'], image);

  expect(shown).toBe('#cloud-config\nhostname: x\n');
  expect(shownBy('isoinfo', (path) => ['-i', path, '-R', '-x', '/meta-data'], image)).toBe(
    'instance-id: a\n',
  );
});

(ensureProgram('bsdtar', 'libarchive-tools') ? test : test.skip)('bsdtar reads the same', () => {
  const image = isoImage('cidata', SEED);

  const shown = shownBy('bsdtar', (path) => ['-xOf', path, 'network-config'], image);

  expect(shown).toBe('version: 2\n');
});
