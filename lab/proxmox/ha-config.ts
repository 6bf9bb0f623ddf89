/** The configuration of high availability, as it is kept: which VMs it manages, and the rules that it keeps to. */

export const HA_STATES = ['started', 'stopped', 'enabled', 'disabled', 'ignored'] as const;
export type HaState = (typeof HA_STATES)[number];

export interface HaResource {
  /** What was asked for; what is so is in the VM's status. */
  readonly state: HaState;
  readonly maxRestart: number;
  readonly maxRelocate: number;
  readonly failback: boolean;
  readonly comment: string | null;
}

export type HaRule = NodeAffinity | ResourceAffinity;

interface AnyRule {
  /** Resource ids. */
  readonly resources: readonly string[];
  readonly disabled: boolean;
  readonly comment: string | null;
}

export interface NodeAffinity extends AnyRule {
  readonly type: 'node-affinity';
  /** Priority of each host; the higher is preferred. */
  readonly nodes: Readonly<Record<string, number>>;
  readonly strict: boolean;
}

export interface ResourceAffinity extends AnyRule {
  readonly type: 'resource-affinity';
  readonly affinity: 'positive' | 'negative';
}
