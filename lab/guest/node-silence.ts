/** Nodes whose kubelets are not heard any more: after a while the API says so of them. */
import type { LabControlPlane } from '../kubernetes/lab-kubernetes.js';

/** How long the node controller waits for a sign of life: `--node-monitor-grace-period`. */
const SILENCE_MS = 40_000;

export class NodeSilence {
  private readonly plane: LabControlPlane;
  private readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
  private readonly silences = new Map<string, AbortController>();

  constructor(plane: LabControlPlane, pause: (ms: number, signal: AbortSignal) => Promise<void>) {
    this.plane = plane;
    this.pause = pause;
    // Nobody has been heard yet: a node that does not come back is not Ready for long.
    for (const node of plane.nodeNames()) this.begin(node);
  }

  /** The kubelet of the node is there (again). */
  end(node: string): void {
    this.silences.get(node)?.abort();
    this.silences.delete(node);
  }

  begin(node: string): void {
    const silence = new AbortController();
    this.silences.get(node)?.abort();
    this.silences.set(node, silence);
    this.pause(SILENCE_MS, silence.signal)
      .then(() => {
        if (this.plane.nodeNames().includes(node)) this.plane.setNodeReady(node, false, 'NodeStatusUnknown');
      })
      .catch(() => undefined);
  }

  close(): void {
    for (const silence of this.silences.values()) silence.abort();
  }
}
