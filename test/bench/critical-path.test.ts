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

  const servers = ['a-1', 'a-2'].map((name) => ({ name, role: 'CONTROL_PLANE' }));
  expect(criticalPathMs(spans, servers)).toBe(560);
  expect(criticalPathMs(spans, servers.slice(0, 1))).toBe(130);
});

test('the first server waits for the load balancer, and workers join together once all servers have', () => {
  const spans = [
    span('guest.boot', 'lb-1', 300),
    span('guest.boot', 'a-1', 100),
    span('guest.k3s-server-start', 'a-1', 10),
    span('guest.boot', 'w-1', 100),
    span('guest.k3s-agent-start', 'w-1', 20),
    span('guest.boot', 'w-2', 400),
    span('guest.k3s-agent-start', 'w-2', 5),
  ];

  expect(
    criticalPathMs(spans, [
      { name: 'lb-1', role: 'SERVICE' },
      { name: 'a-1', role: 'CONTROL_PLANE' },
      { name: 'w-1', role: 'WORKER' },
      { name: 'w-2', role: 'WORKER' },
    ]),
  ).toBe(405);
});
