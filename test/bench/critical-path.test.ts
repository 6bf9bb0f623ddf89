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

test('a server of kubeadm gets ready while its etcd starts, which is promoted after that', () => {
  const spans = [
    span('guest.static-pods', 'a-1', 100),
    span('guest.node-ready', 'a-1', 70),
    span('guest.kubelet-join', 'a-2', 30),
    span('guest.node-ready', 'a-2', 70),
    span('guest.static-pods', 'a-2', 100),
    span('guest.etcd-promote', 'a-2', 40),
    span('guest.kubelet-join', 'w-1', 30),
    span('guest.node-ready', 'w-1', 70),
  ];
  const servers = ['a-1', 'a-2'].map((name) => ({ name, role: 'CONTROL_PLANE' }));

  expect(criticalPathMs(spans, servers.slice(0, 1))).toBe(170);
  expect(criticalPathMs(spans, servers)).toBe(340);
  expect(criticalPathMs(spans, [...servers, { name: 'w-1', role: 'WORKER' }])).toBe(440);
});

test('what was done once more is no part of it, and neither is what another machine does', () => {
  const spans = [
    span('guest.kubelet-join', 'w-1', 30),
    span('guest.node-ready', 'w-1', 500),
    span('guest.node-ready', 'w-1', 70),
    span('guest.boot', 'w-10', 900),
  ];

  expect(criticalPathMs(spans, [{ name: 'w-1', role: 'WORKER' }])).toBe(100);
});

test('the lock of a storage lets in one at a time, and only those count that the cluster needs to be formed', () => {
  const locked = (subject: string, durationMs: number): LatencySpan => ({
    ...span('proxmox.linked-clone', subject, durationMs),
    lock: 'storage:shared',
  });
  const spans = [
    locked('w-1', 20),
    locked('lb-1', 20),
    locked('a-1', 20),
    span('guest.boot', 'lb-1', 90),
    span('guest.boot', 'a-1', 100),
    span('guest.k3s-server-start', 'a-1', 10),
  ];
  const machines = [
    { name: 'lb-1', role: 'SERVICE' },
    { name: 'a-1', role: 'CONTROL_PLANE' },
    { name: 'w-1', role: 'WORKER' },
  ];

  expect(criticalPathMs(spans, machines)).toBe(20 + 20 + 90 + 10);
  expect(criticalPathMs(spans, machines.slice(1))).toBe(20 + 100 + 10);
});
