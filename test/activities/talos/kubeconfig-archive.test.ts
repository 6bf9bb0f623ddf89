import { expect, test } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { kubeconfigIn } from '../../../activities/talos/kubeconfig-archive.js';
import { kubeconfigArchive } from '../../../lab/guest/talos/kubeconfig-archive.js';

test.each(['', 'short', 'x'.repeat(512), 'kubeconfig with ümlauts\n'.repeat(99)])(
  'a file is found in its archive',
  (text) => {
    expect(kubeconfigIn(kubeconfigArchive(text))).toBe(text);
  },
);

test.each([
  ['nothing', Buffer.alloc(0)],
  ['something else', Buffer.from('kind: Config')],
  ['an empty archive', gzipSync(Buffer.alloc(1_024))],
  ['a part of one', gzipSync(Buffer.alloc(700, '7'))],
])('%s is no archive with a file', (_, bytes) => {
  expect(() => kubeconfigIn(bytes)).toThrow(expect.objectContaining({ code: 'TALOS_FAILED' }));
});
