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
/** Servers and agents of Rancher's distributions, from their start until they have joined. */
const STARTED: readonly LatencyKind[] = [
  'guest.k3s-server-start',
  'guest.k3s-agent-start',
  'guest.rke2-server-start',
  'guest.rke2-agent-start',
];

/**
 * Length in milliseconds of the longest chain that no orchestrator can shorten: each machine's own way to what it needs
 * to join runs beside the others'. The first server waits for the machines of services, further ones join one after the
 * other, and then all workers at once. Calls without an effect of their own, such as polls, are not part of it: they are
 * overhead. So is whatever had to be done once more, and waiting for a lock that is held for machines that nobody needs
 * yet.
 */
export function criticalPathMs(spans: readonly LatencySpan[], machines: readonly BenchedMachine[]): number {
  const of = (kinds: readonly LatencyKind[], { name }: BenchedMachine): readonly LatencySpan[] =>
    spans.filter(({ kind, subject }) => kinds.includes(kind) && isAbout(subject, name));
  const took = (kinds: readonly LatencyKind[], machine: BenchedMachine): number =>
    of(kinds, machine).reduce((sum, { durationMs }) => sum + durationMs, 0);
  /** What is done once: of several attempts the last one, which came to its end. */
  const once = (kind: LatencyKind, machine: BenchedMachine): number =>
    of([kind], machine).at(-1)?.durationMs ?? 0;
  const prepared = (machine: BenchedMachine): number =>
    Math.max(took(COPIED, machine), took(['proxmox.upload'], machine)) + took(MADE, machine);
  const joined = (machine: BenchedMachine): number => {
    const started = STARTED.reduce((sum, kind) => sum + once(kind, machine), 0);
    const admitted = once('guest.kubelet-join', machine);
    const served = once('guest.static-pods', machine);
    const promoted = once('guest.etcd-promote', machine);
    const ready = once('guest.node-ready', machine);
    // A kubelet that joins gets ready while its etcd starts, which is promoted once it runs; the one that forms the
    // cluster has no API to tell before that.
    if (admitted > 0) return admitted + Math.max(served + promoted, ready);
    return started + served + Math.max(ready, promoted);
  };
  const ofRole = (...roles: readonly string[]): readonly BenchedMachine[] =>
    machines.filter(({ role }) => roles.includes(role));

  const services = ofRole('SERVICE');
  const servers = ofRole('CONTROL_PLANE');
  const forming = [...services, ...servers.slice(0, 1)].map((machine) => ({
    copies: of(COPIED, machine),
    restMs: took(MADE, machine),
  }));
  const served = Math.max(underLocksMs(forming), ...services.map(prepared));
  const controlled = servers.reduce(
    (before, server) => Math.max(before, prepared(server)) + joined(server),
    served,
  );
  const workers = ofRole('WORKER', 'INFRA').map(
    (worker) => Math.max(controlled, prepared(worker)) + joined(worker),
  );
  return Math.max(controlled, ...workers);
}

/**
 * The least time in which machines come to be whose disks are made under the lock of a storage, which lets in one at a
 * time: no order is better than that in which those come first that have most to do afterwards.
 */
function underLocksMs(
  machines: readonly { readonly copies: readonly LatencySpan[]; readonly restMs: number }[],
): number {
  const locks = new Set(machines.flatMap(({ copies }) => copies.flatMap(({ lock }) => lock ?? [])));
  const ends = [...locks].flatMap((lock) => {
    let lockedMs = 0;
    return machines
      .toSorted((one, other) => other.restMs - one.restMs)
      .flatMap(({ copies, restMs }) => {
        const own = copies.filter((span) => span.lock === lock);
        lockedMs += own.reduce((sum, { durationMs }) => sum + durationMs, 0);
        return own.length === 0 ? [] : [lockedMs + restMs];
      });
  });
  return Math.max(0, ...ends);
}

/** `demo-worker-1` is no part of `demo-worker-10`. */
function isAbout(subject: string, machine: string): boolean {
  const at = subject.indexOf(machine);
  return at !== -1 && !/\d/.test(subject.charAt(at + machine.length));
}
