/** The least time that a provision could take, from the latencies that the lab injected into it. */
import type { LatencyKind, LatencySpan } from '../lab/latency.js';

export interface BenchedMachine {
  readonly name: string;
  readonly role: string;
}

const MADE: readonly LatencyKind[] = [
  'proxmox.config',
  'proxmox.resize',
  'proxmox.start',
  'guest.boot',
  'guest.package',
  'guest.k3s-install',
  'guest.rke2-install',
];
const COPIED: readonly LatencyKind[] = ['proxmox.linked-clone', 'proxmox.allocate', 'proxmox.full-clone'];
const STARTED: readonly LatencyKind[] = [
  'guest.k3s-server-start',
  'guest.k3s-agent-start',
  'guest.rke2-server-start',
  'guest.rke2-agent-start',
  'guest.static-pods',
  'guest.kubelet-join',
];

/**
 * Length in milliseconds of the longest chain that no orchestrator can shorten: each machine's own way to what it needs
 * to join runs beside the others'. The first server waits for the machines of services, further ones join one after the
 * other, and then all workers at once. Calls without an effect of their own, such as polls, are not part of it: they are
 * overhead.
 */
export function criticalPathMs(spans: readonly LatencySpan[], machines: readonly BenchedMachine[]): number {
  const took = (kinds: readonly LatencyKind[], { name }: BenchedMachine): number =>
    spans
      .filter(({ kind, subject }) => kinds.includes(kind) && subject.includes(name))
      .reduce((sum, { durationMs }) => sum + durationMs, 0);
  const prepared = (machine: BenchedMachine): number =>
    Math.max(took(COPIED, machine), took(['proxmox.upload'], machine)) + took(MADE, machine);
  const joined = (machine: BenchedMachine): number =>
    took(STARTED, machine) +
    Math.max(took(['guest.node-ready'], machine), took(['guest.etcd-promote'], machine));
  const ofRole = (...roles: readonly string[]): readonly BenchedMachine[] =>
    machines.filter(({ role }) => roles.includes(role));

  const served = Math.max(0, ...ofRole('SERVICE').map(prepared));
  const controlled = ofRole('CONTROL_PLANE').reduce(
    (before, server) => Math.max(before, prepared(server)) + joined(server),
    served,
  );
  const workers = ofRole('WORKER', 'INFRA').map(
    (worker) => Math.max(controlled, prepared(worker)) + joined(worker),
  );
  return Math.max(controlled, ...workers);
}
