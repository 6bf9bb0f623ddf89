import { expect, test } from '@jest/globals';
import { keyBounds, workUnderLocks, type LimitedWork } from '../../bench/storage-bound.js';
import type { LatencyKind, LatencySpan } from '../../lab/latency.js';

const span = (kind: LatencyKind, subject: string, durationMs: number, lock?: string): LatencySpan => ({
  kind,
  subject,
  durationMs,
  startedAt: 0,
  ...(lock === undefined ? {} : { lock }),
});

test('a lock lets in one at a time, and the last machine still has to be configured and started', () => {
  const spans = [
    span('proxmox.linked-clone', 'a', 2_000, 'storage:ceph'),
    span('proxmox.linked-clone', 'b', 3_000, 'storage:ceph'),
    span('proxmox.config', 'a', 500),
    span('proxmox.start', 'a', 1_000),
    span('proxmox.start', 'b', 4_000),
    span('proxmox.full-clone', 'c', 90_000),
    span('proxmox.request', 'a', 99_000),
  ];

  expect(keyBounds(workUnderLocks(spans), spans)).toEqual([
    { key: 'storage:ceph', most: 1, works: 2, workMs: 5_000, boundMs: 6_500 },
  ]);
});

test('a key that lets in several is through no sooner than its longest work', () => {
  const work = (machine: string, durationMs: number): LimitedWork => ({
    key: 'copies',
    most: 2,
    machine,
    durationMs,
  });

  const even = keyBounds([work('a', 10), work('b', 10), work('c', 10)], []);
  const uneven = keyBounds([work('a', 100), work('b', 10)], []);

  expect([even[0]?.boundMs, uneven[0]?.boundMs]).toEqual([15, 100]);
});

test('each host has its own lock of a local storage', () => {
  const spans = [
    span('proxmox.allocate', 'a', 300, 'storage:local-zfs@hv5'),
    span('proxmox.allocate', 'b', 400, 'storage:local-zfs@hv6'),
  ];

  expect(keyBounds(workUnderLocks(spans), spans).map(({ key, boundMs }) => [key, boundMs])).toEqual([
    ['storage:local-zfs@hv5', 300],
    ['storage:local-zfs@hv6', 400],
  ]);
});
