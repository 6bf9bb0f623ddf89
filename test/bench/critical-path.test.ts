import { expect, test } from '@jest/globals';
import { criticalPathMs } from '../../bench/critical-path.js';
import type { LatencyKind, LatencySpan } from '../../lab/latency.js';

const span = (kind: LatencyKind, subject: string, durationMs: number): LatencySpan => ({
  kind,
  subject,
  durationMs,
  startedAt: 0,
});

test('servers prepare side by side and join one after the other', () => {
  const spans = [
    span('guest.boot', 'a-1', 100),
    span('guest.boot', 'a-2', 500),
    span('guest.k3s-server-start', 'a-1', 10),
    span('guest.node-ready', 'a-1', 20),
    span('guest.k3s-server-start', 'a-2', 10),
    span('guest.node-ready', 'a-2', 20),
    span('guest.etcd-promote', 'a-2', 50),
    span('proxmox.request', 'GET /nodes', 9_999),
  ];

  expect(criticalPathMs(spans, ['a-1', 'a-2'])).toBe(560);
  expect(criticalPathMs(spans, ['a-1'])).toBe(130);
});
