import { describe, expect, test } from '@jest/globals';
import { checksumDigits, downloadedVolume, isNamedFor, parseImageVolume } from '../../domain/image-volume.js';

const HEX = '0a1b2c3d4e5f'.padEnd(64, '0');
const CHECKSUM = { algorithm: 'sha256', hex: HEX } as const;
const inLocal = (content: 'import' | 'iso', file: string) =>
  downloadedVolume({ storage: 'local', content, file }, CHECKSUM);

describe('the name of a downloaded file', () => {
  test('begins with the first digits of its checksum', () => {
    expect(inLocal('import', 'debian-12.qcow2')).toBe('local:import/cw-0a1b2c3d4e5f-debian-12.qcow2');
  });

  test('ends as Proxmox VE wants it: a disk image that is named .img is a qcow2 one', () => {
    expect(inLocal('import', 'noble-server.img')).toBe('local:import/cw-0a1b2c3d4e5f-noble-server.qcow2');
    expect(inLocal('iso', 'live.iso')).toBe('local:iso/cw-0a1b2c3d4e5f-live.iso');
  });

  test('has nothing in it that Proxmox VE would replace', () => {
    expect(inLocal('iso', 'debian-12+nonfree.iso')).toBe('local:iso/cw-0a1b2c3d4e5f-debian-12_nonfree.iso');
  });

  test('proves its content, and no other', () => {
    const volume = inLocal('iso', 'live.iso');

    expect(isNamedFor(volume, HEX)).toBe(true);
    expect(isNamedFor(volume, 'f'.repeat(64))).toBe(false);
  });
});

test.each([
  'local:iso/debian.iso',
  'local:iso/cw-0a1b2c3d-0000-4000-8000-000000000000-0123456789abcdef.iso',
  'local:import/cw-0A1B2C3D4E5F-debian.qcow2',
  'local:import/cw-0a1b2c3d4e5f-.qcow2',
  'local-zfs:vm-100-disk-0',
])('%s is not named by us', (volume) => {
  expect(checksumDigits(volume)).toBeUndefined();
});

test('a volume id has a storage, a content and a file', () => {
  expect(parseImageVolume('nas:iso/live.iso')).toEqual({ storage: 'nas', content: 'iso', file: 'live.iso' });
  expect(() => parseImageVolume('local-zfs:vm-100-disk-0')).toThrow('no volume of an image');
});
