/** What a restore does with each machine, from what was seen of it. Pure. */
import type { MachineRole } from '../cluster-definition.js';
import type { ErrorCode } from '../errors.js';

/**
 * - `running`, `stopped`: its VM is there and proved to be ours.
 * - `unfinished`: its VM was never configured to its end, so nothing on it is worth anything.
 * - `gone`: Proxmox VE has no such VM.
 */
export type MachineSight = 'running' | 'stopped' | 'unfinished' | 'gone';

/** `unknown`: no member answered, which does not prove that there is no quorum. */
export type EtcdSight = 'quorum' | 'no-quorum' | 'unknown';

export interface SeenMachine {
  readonly name: string;
  readonly role: MachineRole;
  readonly sight: MachineSight;
}

export interface RestoreSight {
  readonly cluster: string;
  /** In the order of the plan: the first one of the control plane forms the cluster. */
  readonly machines: readonly SeenMachine[];
  readonly etcd: EtcdSight;
  readonly confirm: string | null;
}

export interface RestorePlan {
  /** The member that gets the snapshot: all others join it. */
  readonly first: string;
  /** To be switched on. */
  readonly start: readonly string[];
  /** Machines that stay, with those that are switched on. */
  readonly keep: readonly string[];
  /** Machines that are made anew, under the same names. */
  readonly make: readonly string[];
}

export type RestoreVerdict =
  | { readonly kind: 'ok'; readonly plan: RestorePlan }
  | { readonly kind: 'refused'; readonly code: ErrorCode; readonly detail: string };

export function planRestore({ cluster, machines, etcd, confirm }: RestoreSight): RestoreVerdict {
  const servers = machines.filter(({ role }) => role === 'CONTROL_PLANE');
  const [first] = servers;
  if (first === undefined) {
    const detail = `nothing is remembered of a control plane of "${cluster}"`;
    return { kind: 'refused', code: 'RESTORE_NOT_POSSIBLE', detail };
  }
  const running = servers.filter(({ sight }) => sight === 'running').length;
  const isQuorumPossible = running * 2 > servers.length && etcd !== 'no-quorum';
  if (isQuorumPossible && confirm !== cluster) {
    const seen = etcd === 'quorum' ? 'etcd has a quorum' : 'etcd does not answer, and may have a quorum';
    const detail = `${running} of ${servers.length} control-plane machines run, and ${seen}: all that was changed since the backup would be lost`;
    return { kind: 'refused', code: 'RESTORE_NOT_CONFIRMED', detail };
  }
  const seen = (...sights: readonly MachineSight[]): string[] =>
    machines.filter(({ sight }) => sights.includes(sight)).map(({ name }) => name);
  return {
    kind: 'ok',
    plan: {
      first: first.name,
      start: seen('stopped'),
      keep: seen('running', 'stopped'),
      make: seen('unfinished', 'gone'),
    },
  };
}
