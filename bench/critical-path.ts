/** The least time that a provision could take, from the latencies that the lab injected into it. */
import type { LatencyKind, LatencySpan } from '../lab/latency.js';

/**
 * Length in milliseconds of the longest chain that no orchestrator can shorten: each server's own way to an installed
 * binary runs beside the others', then they join one after the other. Calls without an effect of their own, such as
 * polls, are not part of it: they are overhead.
 */
export function criticalPathMs(spans: readonly LatencySpan[], servers: readonly string[]): number {
  const took = (kind: LatencyKind, server: string): number =>
    spans
      .filter((span) => span.kind === kind && span.subject.includes(server))
      .reduce((sum, { durationMs }) => sum + durationMs, 0);

  const prepared = (server: string): number =>
    Math.max(
      took('proxmox.linked-clone', server) +
        took('proxmox.allocate', server) +
        took('proxmox.full-clone', server),
      took('proxmox.upload', server),
    ) +
    took('proxmox.config', server) +
    took('proxmox.resize', server) +
    took('proxmox.start', server) +
    took('guest.boot', server) +
    took('guest.package', server) +
    took('guest.k3s-install', server);
  const joined = (server: string): number =>
    took('guest.k3s-server-start', server) +
    Math.max(took('guest.node-ready', server), took('guest.etcd-promote', server));

  return servers.reduce((before, server) => Math.max(before, prepared(server)) + joined(server), 0);
}
