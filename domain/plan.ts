/** What a provision is going to do: pure data, the same whether it is shown or carried out. */
import type { ClusterType, NodeRole, Taint } from './cluster-definition.js';

export interface Plan {
  readonly cluster: string;
  readonly type: ClusterType;
  readonly version: string;
  readonly machines: readonly PlannedMachine[];
  readonly vmidRange: VmidRange;
  /** In an order in which they can run; those whose `dependsOn` are done run at once. */
  readonly steps: readonly PlanStep[];
  /** Length of the critical path through {@link steps}. */
  readonly expectedSeconds: number;
  readonly warnings: readonly string[];
}

/** Both ends included. */
export interface VmidRange {
  readonly from: number;
  readonly to: number;
}

export interface PlannedMachine {
  /** Host name, VM name and Kubernetes node name. */
  readonly name: string;
  readonly group: string;
  readonly role: NodeRole;
  /** Counted from 1 within the group. */
  readonly ordinal: number;
  readonly host: string;
  readonly template: PlannedTemplate;
  /** Storage of the machine's disk. */
  readonly storage: string;
  /** Storage that its cloud-init medium is uploaded to. */
  readonly isoStorage: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  readonly cpuType: string;
  readonly network: PlannedNetwork;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly metadata: Readonly<Record<string, string>>;
}

export interface PlannedTemplate {
  readonly vmid: number;
  readonly name: string;
  readonly host: string;
  readonly storage: string;
  /** A full clone copies the disk; a linked one stays on the template's storage. */
  readonly fullClone: boolean;
}

export interface PlannedNetwork {
  readonly bridge: string;
  readonly vlan: number | null;
  /** The address that will be leased, unless another run takes it first. */
  readonly address: string;
  readonly prefixLength: number;
  readonly gateway: string | null;
  readonly nameservers: readonly string[];
  readonly domain: string;
  readonly mtu: number | null;
}

export interface PlanStep {
  /** Unique in the plan: `reserve`, or `<machine>/claim-vm`. */
  readonly id: string;
  readonly title: string;
  readonly machine: string | null;
  readonly dependsOn: readonly string[];
  readonly expectedSeconds: number;
}
