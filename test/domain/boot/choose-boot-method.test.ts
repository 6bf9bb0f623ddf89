import { describe, expect, test } from '@jest/globals';
import { chooseBootMethod } from '../../../domain/boot/choose-boot-method.js';
import { BOOT_METHODS, type BootMethod, type NodeGroup } from '../../../domain/cluster-definition.js';
import { parseImageSource } from '../../../domain/image-source.js';

const TEMPLATE = 'local-zfs:9001/ubuntu-24.04-template';
const DISK = 'local:import/debian-12.qcow2';
const DISK_URL = 'https://images.example.com/debian-12.qcow2';
const MEDIUM = 'local:iso/installer.iso';
const MEDIUM_URL = 'https://images.example.com/installer.iso';

function choice(
  method: BootMethod,
  image: string | null,
  options: { readonly kernel?: string; readonly allowed?: readonly BootMethod[] } = {},
) {
  const { kernel = null, allowed = BOOT_METHODS } = options;
  const boot = { method, kernel } as unknown as NodeGroup['boot'];
  return chooseBootMethod({ boot }, image === null ? undefined : parseImageSource(image), allowed);
}

describe('a method that is asked for', () => {
  test.each([
    ['TEMPLATE', TEMPLATE],
    ['TEMPLATE', DISK],
    ['TEMPLATE', DISK_URL],
    ['ISO', MEDIUM],
    ['ISO', MEDIUM_URL],
  ] as const)('%s is taken with %s', (method, image) => {
    expect(choice(method, image)).toEqual({ kind: 'chosen', method, reason: 'asked for' });
  });

  test('PXE is taken with a kernel, whatever the image', () => {
    for (const image of [null, TEMPLATE, MEDIUM])
      expect(choice('PXE', image, { kernel: 'vmlinuz' })).toMatchObject({ kind: 'chosen', method: 'PXE' });
  });

  test.each([
    ['TEMPLATE', MEDIUM, '/template/imageSource'],
    ['TEMPLATE', null, '/template/imageSource'],
    ['ISO', TEMPLATE, '/template/imageSource'],
    ['ISO', DISK_URL, '/template/imageSource'],
    ['ISO', 'ubuntu-24.04', '/template/imageSource'],
    ['PXE', null, '/boot/kernel'],
  ] as const)('%s is refused with %s', (method, image, field) => {
    expect(choice(method, image)).toMatchObject({ kind: 'refused', field });
  });

  test('one that the distribution cannot do is refused, with those that it can', () => {
    expect(choice('PXE', null, { kernel: 'vmlinuz', allowed: ['TEMPLATE', 'ISO'] })).toMatchObject({
      kind: 'refused',
      field: '/boot/method',
      detail: expect.stringContaining('TEMPLATE, ISO'),
    });
  });

  describe('HYBRID', () => {
    test.each([
      [TEMPLATE, 'vmlinuz', 'TEMPLATE'],
      [DISK_URL, undefined, 'TEMPLATE'],
      [MEDIUM, 'vmlinuz', 'ISO'],
      [MEDIUM_URL, undefined, 'ISO'],
      [null, 'vmlinuz', 'PXE'],
    ] as const)('with the image %s and the kernel %s is %s, and says why', (image, kernel, method) => {
      const options = kernel === undefined ? {} : { kernel };

      expect(choice('HYBRID', image, options)).toEqual({
        kind: 'chosen',
        method,
        reason: expect.stringMatching(/^HYBRID: the group names/),
      });
    });

    test('leaves out what the distribution cannot do', () => {
      const options = { kernel: 'vmlinuz', allowed: ['ISO', 'PXE', 'HYBRID'] as const };

      expect(choice('HYBRID', TEMPLATE, options)).toMatchObject({ kind: 'chosen', method: 'PXE' });
    });

    test.each([null, 'ubuntu-24.04'])('with the image %s and no kernel has nothing to decide by', (image) => {
      expect(choice('HYBRID', image)).toMatchObject({ kind: 'refused', field: '/boot/method' });
    });
  });
});
