/** What can be learnt about the calls to Proxmox VE while they go on. */
import type { BreakerState } from './circuit-breaker.js';

export interface ClientObserver {
  readonly called?: (call: ObservedCall) => void;
  readonly breakerChanged?: (change: BreakerChange) => void;
  readonly taskEnded?: (task: ObservedTask) => void;
}

export interface ObservedCall {
  /** Origin, such as `https://pve1.example.com:8006`. */
  readonly endpoint: string;
  readonly method: string;
  /** `ok`, `http_` and the status of another answer, `lost` when the answer was, `not_sent` without a connection. */
  readonly outcome: string;
  readonly durationMs: number;
}

export interface BreakerChange {
  readonly scope: 'endpoint' | 'node';
  /** Origin of the endpoint, or name of the node. */
  readonly name: string;
  readonly from: BreakerState;
  readonly to: BreakerState;
}

export interface ObservedTask {
  /** As Proxmox VE calls it, such as `qmclone`. */
  readonly type: string;
  readonly outcome: 'ok' | 'warnings' | 'failed';
  /** From the answer with its UPID until it was seen to have ended. */
  readonly durationMs: number;
}

export interface BreakerStanding {
  readonly scope: BreakerChange['scope'];
  readonly name: string;
  readonly state: BreakerState;
}
