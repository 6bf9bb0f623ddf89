import { expect, test } from '@jest/globals';
import type { ProxmoxContext } from '../../../activities/proxmox/dependencies.js';
import { storageLimits } from '../../../activities/proxmox/storage-limits.js';
import { anEnvironment } from './environment.js';

const STORAGES = [
  { storage: 'local-zfs', type: 'zfspool', content: 'images' },
  { storage: 'ceph', type: 'rbd', content: 'images', shared: 1 },
];

const context = {
  client: { storages: () => Promise.resolve(STORAGES) },
  limits: { allocationsPerStorage: 2, allocationsPerSharedStorage: 1, copiesPerStorage: 4, clonesPerHost: 4 },
} as unknown as ProxmoxContext;

async function limitsOf(storage: string): Promise<unknown> {
  return anEnvironment().run(async () => (await storageLimits(context, 'pve1'))(storage));
}

test('each host has a local storage of its own, with a lock of its own that is queued for', async () => {
  expect(await limitsOf('local-zfs')).toEqual({
    allocation: { key: 'allocations:local-zfs@pve1', most: 2 },
    copy: { key: 'copies:local-zfs@pve1', most: 4 },
  });
});

test.each(['ceph', 'unknown'])(
  '%s counts as one storage of all hosts, with nobody waiting',
  async (storage) => {
    expect(await limitsOf(storage)).toEqual({
      allocation: { key: `allocations:${storage}`, most: 1 },
      copy: { key: `copies:${storage}`, most: 4 },
    });
  },
);
