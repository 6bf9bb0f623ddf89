/** One thing to be made true of a machine, by whichever way the machine is managed. */
import type { GuestStep } from './guest-step.js';

/** Run over SSH, or over the API of Talos: a machine has one or the other. */
export type MachineStep = GuestStep | TalosStep;

/** Calls of the Talos API (https://docs.siderolabs.com/talos), each safe to repeat. */
export interface TalosStep {
  readonly kind: 'talos';
  /** Unique among the steps of a machine. */
  readonly id: string;
  readonly title: string;
  readonly call:
    /**
     * Waits for maintenance mode, applies the machine's configuration and waits until a control-plane machine runs with
     * it. A worker has left maintenance mode by then: it runs once the control plane has signed its certificate.
     */
    | { readonly kind: 'apply-configuration'; readonly role: 'controlplane' | 'worker' }
    /** The same, and waits until a worker runs with it too. */
    | { readonly kind: 'answers'; readonly role: 'controlplane' | 'worker' }
    /** Bootstraps etcd, exactly once in the life of the cluster, and on this machine. */
    | { readonly kind: 'bootstrap' }
    /** Waits until the machine is a voting member of etcd. */
    | { readonly kind: 'etcd-member' }
    /**
     * Brings the machine to the definition's release of Talos, for which it restarts.
     * @param leavesNewer whether one that has a newer release keeps it.
     */
    | { readonly kind: 'upgrade'; readonly leavesNewer: boolean };
  readonly timeoutSeconds: number;
}

export function isTalosStep(step: MachineStep): step is TalosStep {
  return 'kind' in step;
}
