/** What a provision is going to do: pure data, the same whether it is shown or carried out. */
import type { ClusterType, ConfigDelivery, MachineRole, Taint } from './cluster-definition.js';
import type { FirewallRule } from './firewall.js';
import type { Checksum, ImageContent } from './image-source.js';

export interface Plan {
  readonly cluster: string;
  readonly type: ClusterType;
  readonly version: string;
  readonly machines: readonly PlannedMachine[];
  readonly vmidRange: VmidRange;
  /** Addresses that will be leased beside those of the machines. */
  readonly virtualAddresses: readonly PlannedVirtualAddress[];
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
  readonly role: MachineRole;
  /** Counted from 1 within the group. */
  readonly ordinal: number;
  readonly host: string;
  readonly source: MachineSource;
  readonly boot: PlannedBoot;
  /** Storage of the machine's disk. */
  readonly storage: string;
  /** Storage that its cloud-init medium is uploaded to. */
  readonly isoStorage: string;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  readonly cpuType: string;
  readonly network: PlannedNetwork;
  /** Interfaces beside {@link network}, in the order of their devices: the first one is `net1`. */
  readonly interfaces: readonly PlannedInterface[];
  /** What brings the machine up at its first boot, and how it is managed from then on. */
  readonly system: MachineSystem;
  /** `null` leaves the machine's firewall off. */
  readonly firewall: readonly FirewallRule[] | null;
  readonly tags: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly metadata: Readonly<Record<string, string>>;
}

/** CLOUD_INIT and IGNITION (Fedora CoreOS and its kin) are managed over SSH, TALOS over its own API. */
export type MachineSystem = 'CLOUD_INIT' | 'IGNITION' | 'TALOS';

/** What the machine's disk is made from. */
export type MachineSource =
  | ({ readonly kind: 'clone' } & PlannedTemplate)
  /** Created with `import-from`: no template is needed. */
  | { readonly kind: 'import'; readonly image: PlannedImage }
  /** Filled by what the machine boots from. */
  | { readonly kind: 'empty' };

/** A file that has to be on the machine's host before it can be made or booted. */
export interface PlannedImage {
  /** Volume id, such as `local:import/cw-0a1b2c3d4e5f-debian-12.qcow2`. */
  readonly volume: string;
  readonly content: ImageContent;
  /** Where it is downloaded from when it is not there; `null`: it has to be there. */
  readonly url: string | null;
  readonly checksum: Checksum | null;
}

export interface PlannedBoot {
  readonly method: 'TEMPLATE' | 'ISO' | 'PXE';
  /** Why this method: `asked for`, or what HYBRID decided by. */
  readonly reason: string;
  readonly delivery: ConfigDelivery;
  /** The medium that an ISO machine boots from. */
  readonly iso: PlannedImage | null;
  /** What a PXE machine boots: names of files of the boot service. */
  readonly kernel: string | null;
  readonly initrd: string | null;
  readonly kernelArguments: readonly string[];
}

export interface PlannedInterface {
  readonly name: string;
  readonly bridge: string;
  readonly vlan: number | null;
  /** The address that will be leased, unless another run takes it first; `null`: it has none. */
  readonly address: string | null;
  readonly prefixLength: number | null;
  readonly gateway: string | null;
  readonly mtu: number | null;
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

export interface PlannedVirtualAddress {
  readonly name: string;
  readonly address: string;
}

export interface PlanStep {
  /** Unique in the plan: `reserve`, or `<machine>/claim-vm`. */
  readonly id: string;
  readonly title: string;
  readonly machine: string | null;
  readonly dependsOn: readonly string[];
  readonly expectedSeconds: number;
}
