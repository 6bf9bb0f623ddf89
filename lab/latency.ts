/** How long things take in the lab: drawn from a seed, scaled by one factor, and recorded for the benchmarks. */

/** Realistic durations in milliseconds, `[least, most]`, as seen on small Proxmox clusters with SSDs. */
export const LATENCIES = {
  'proxmox.request': [5, 20],
  'proxmox.stat': [10_000, 10_000],
  'proxmox.allocate': [200, 600],
  'proxmox.free': [400, 1_000],
  'proxmox.linked-clone': [1_500, 2_500],
  'proxmox.full-clone': [9_000, 14_000],
  'proxmox.config': [300, 700],
  'proxmox.resize': [500, 1_000],
  'proxmox.import': [8_000, 13_000],
  'proxmox.upload': [300, 800],
  'proxmox.download': [4_000, 9_000],
  'proxmox.start': [1_500, 2_500],
  'proxmox.stop': [1_000, 2_000],
  'proxmox.migrate': [4_000, 8_000],
  'proxmox.backup': [6_000, 12_000],
  'proxmox.ha': [5_000, 10_000],
  'proxmox.proxy-timeout': [30_000, 30_000],
  'proxmox.destroy': [600, 1_500],
  'guest.boot': [12_000, 18_000],
  'guest.network-boot': [15_000, 20_000],
  'guest.install': [40_000, 70_000],
  'guest.package': [1_500, 3_000],
  'guest.command': [10, 50],
  'guest.k3s-install': [8_000, 12_000],
  'guest.k3s-server-start': [10_000, 15_000],
  'guest.k3s-agent-start': [4_000, 7_000],
  'guest.rke2-install': [12_000, 20_000],
  'guest.rke2-server-start': [30_000, 50_000],
  'guest.rke2-agent-start': [15_000, 25_000],
  'guest.talos-configure': [15_000, 25_000],
  'guest.talos-bootstrap': [15_000, 25_000],
  'guest.talos-upgrade': [60_000, 120_000],
  'guest.node-ready': [5_000, 9_000],
  'guest.okd-tools': [15_000, 25_000],
  'guest.okd-bootkube': [60_000, 120_000],
  'guest.etcd-promote': [3_000, 6_000],
  'guest.static-pods': [8_000, 14_000],
  'guest.kubelet-join': [3_000, 5_000],
} as const satisfies Record<string, readonly [number, number]>;

export type LatencyKind = keyof typeof LATENCIES;

/** One injected wait. Times are milliseconds since the epoch; `subject` is the VM name or the request it was for. */
export interface LatencySpan {
  readonly kind: LatencyKind;
  readonly subject: string;
  readonly startedAt: number;
  readonly durationMs: number;
  /** The lock that was held meanwhile, such as `storage:ceph-vm` or `storage:local-zfs@hv5`. */
  readonly lock?: string;
}

export interface LatencyOptions {
  /** Multiplies every duration: 1 is realistic, 0.1 ten times faster, 0 does not wait at all. */
  readonly speed: number;
  readonly seed: number;
}

export class Latency {
  readonly spans: LatencySpan[] = [];
  readonly speed: number;
  private readonly random: () => number;

  constructor(options: LatencyOptions) {
    this.speed = options.speed;
    this.random = mulberry32(options.seed);
  }

  /** How long `kind` takes this time, in milliseconds, for what waits by other means. */
  duration(kind: LatencyKind): number {
    const [least, most] = LATENCIES[kind];
    return (least + this.random() * (most - least)) * this.speed;
  }

  /**
   * Waits as long as `kind` takes. Rejects with the signal's reason when it is aborted.
   * @param lock the lock that is held meanwhile.
   */
  async wait(kind: LatencyKind, subject: string, signal?: AbortSignal, lock?: string): Promise<void> {
    const durationMs = this.duration(kind);
    const span = { kind, subject, startedAt: Date.now(), durationMs };
    this.spans.push(lock === undefined ? span : { ...span, lock });
    if (durationMs === 0) return;
    signal?.throwIfAborted();
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        clearTimeout(timer);
        reject(signal?.reason as Error);
      };
      const timer = setTimeout(() => {
        signal?.removeEventListener('abort', abort);
        resolve();
      }, durationMs);
      signal?.addEventListener('abort', abort, { once: true });
    });
  }
}

/** Small seeded generator (Tommy Ettinger's mulberry32): the same seed gives the same lab. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
