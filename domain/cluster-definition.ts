/** What an operator asks for. Every field is present: `schema/cluster-definition.ts` resolves the defaults. */
import type { FirewallRule } from './firewall.js';
import type { ServiceConfigurations } from './services/configuration.js';

export const CLUSTER_TYPES = ['OKD', 'TALOS', 'K3S', 'RKE2', 'VANILLA'] as const;
export type ClusterType = (typeof CLUSTER_TYPES)[number];

export const BOOT_METHODS = ['TEMPLATE', 'ISO', 'PXE', 'HYBRID'] as const;
export type BootMethod = (typeof BOOT_METHODS)[number];

/**
 * How a machine is given its first-boot configuration: on an attached medium, or over HTTP from the boot service with a
 * one-time token, whose address it reads from its SMBIOS serial or its kernel's command line.
 */
export const CONFIG_DELIVERIES = ['MEDIUM', 'NETWORK'] as const;
export type ConfigDelivery = (typeof CONFIG_DELIVERIES)[number];

export const NODE_ROLES = ['BASTION', 'BOOTSTRAP', 'CONTROL_PLANE', 'WORKER', 'INFRA'] as const;
export type NodeRole = (typeof NODE_ROLES)[number];

/** SERVICE machines are made for the services of a cluster; no node group asks for them. */
export const MACHINE_ROLES = [...NODE_ROLES, 'SERVICE'] as const;
export type MachineRole = (typeof MACHINE_ROLES)[number];

export const SERVICE_TYPES = ['LOAD_BALANCER', 'DNS', 'DHCP', 'STORAGE', 'MONITORING', 'PXE_BOOT'] as const;
export type ServiceType = (typeof SERVICE_TYPES)[number];

export const ANTI_AFFINITIES = ['NONE', 'SOFT', 'HARD'] as const;
export type AntiAffinity = (typeof ANTI_AFFINITIES)[number];

export const NETWORK_ISOLATIONS = ['NONE', 'VLAN'] as const;
export type NetworkIsolation = (typeof NETWORK_ISOLATIONS)[number];

/** How machines reach what lies outside of their subnet: not at all, or through one of these. */
export const EGRESSES = ['GATEWAY', 'BASTION', 'LOAD_BALANCER', 'NONE'] as const;
export type Egress = (typeof EGRESSES)[number];

/** What happens to the machines of a provision that failed: removed in reverse order, or kept for inspection. */
export const FAILURE_POLICIES = ['ROLLBACK', 'KEEP'] as const;
export type FailurePolicy = (typeof FAILURE_POLICIES)[number];

export const HEALTH_CHECKS = ['cluster-operators', 'node-readiness', 'api-availability'] as const;
export type HealthCheck = (typeof HEALTH_CHECKS)[number];

export const TAINT_EFFECTS = ['NoSchedule', 'PreferNoSchedule', 'NoExecute'] as const;
export type TaintEffect = (typeof TAINT_EFFECTS)[number];

export interface ClusterDefinition {
  readonly name: string;
  readonly type: ClusterType;
  readonly version: string;
  readonly bootMethod: BootMethod;
  readonly network: ClusterNetwork;
  readonly nodeGroups: readonly NodeGroup[];
  readonly services: readonly ServiceDependency[];
  readonly security: SecurityConfiguration;
  readonly validation: ValidationConfiguration;
  /** Settings that only the cluster's own distribution knows, such as those of `domain/platform-config.ts`. */
  readonly platformConfig: PlatformConfig;
  readonly onFailure: FailurePolicy;
  /** The request's own hard limit: a provision that is not READY by then fails. `null` waits as long as it takes. */
  readonly deadlineMinutes: number | null;
  /** It is removed only where its name is said once more. Left out by earlier releases: it is not protected. */
  readonly protected?: boolean;
}

export interface ClusterNetwork {
  readonly isolation: NetworkIsolation;
  /** VLAN tag of the machines' interface; `null` leaves frames untagged. */
  readonly privateVLAN: number | null;
  readonly publicAccess: boolean;
  /** Linux bridge on the Proxmox hosts, such as `vmbr0`. */
  readonly bridge: string;
  /** The machines' subnet, such as `10.1.107.0/24`. */
  readonly cidr: string;
  readonly gateway: string | null;
  /** BASTION and LOAD_BALANCER translate addresses for machines that have no gateway of their own. */
  readonly egress: Egress;
  /** Where machine addresses are leased from: `10.1.107.100-150` or `10.1.107.100-10.1.107.150`. */
  readonly ipRange: string;
  readonly nameservers: readonly string[];
  readonly domain: string;
  readonly mtu: number | null;
  readonly podCidr: string;
  readonly serviceCidr: string;
  /** Addresses that no machine has for itself, such as the one of the API; leased like any other. */
  readonly virtualAddresses: readonly VirtualAddress[];
  /** For all machines, before those of their group; `null` leaves the firewall of Proxmox VE off. */
  readonly firewall: readonly FirewallRule[] | null;
}

export interface VirtualAddress {
  /** Such as `api`. */
  readonly name: string;
  /** `null` takes the next free one of the range. */
  readonly address: string | null;
  /** In the network of this interface, instead of the cluster's. */
  readonly on?: { readonly group: string; readonly interface: string };
}

export interface NodeGroup {
  readonly name: string;
  readonly role: MachineRole;
  readonly count: number;
  readonly template: NodeTemplate;
  readonly placement: PlacementConstraints;
  readonly boot: BootConfiguration;
  /** Differences from the cluster's network for this group. */
  readonly network: NodeGroupNetwork;
  /** Proxmox tags, added to those that prove ownership. */
  readonly tags: readonly string[];
  /** Free key/value notes; they are written to the VM's description. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Kubernetes node labels. */
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly lifecycle: LifecycleConfiguration;
}

export interface NodeTemplate {
  /** What `domain/image-source.ts` reads: a template, a volume, a URL or an image of the catalogue; `null` where the boot method needs none. */
  readonly imageSource: string | null;
  /** `sha256:<hex>` or `sha512:<hex>`; needed for a URL. */
  readonly imageChecksum: string | null;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  /** Where the machine's disk goes; `null` means the template's own storage. */
  readonly storage: string | null;
  readonly cpuType: string;
  readonly cloudInit: CloudInit;
}

export interface CloudInit {
  readonly user: string;
  readonly packages: readonly string[];
  /** Shell lines, run once at first boot in the order given. They are shown in the run: put no secret in them. */
  readonly runCmd: readonly string[];
  readonly sshAuthorizedKeys: readonly string[];
}

export interface PlacementConstraints {
  readonly targetNodes: readonly string[];
  readonly preferredNodes: readonly string[];
  readonly antiAffinity: AntiAffinity;
}

export interface BootConfiguration {
  readonly method: BootMethod;
  readonly configTemplate: string | null;
  readonly delivery: ConfigDelivery;
  /** For PXE: names of files of the boot service. */
  readonly kernel: string | null;
  readonly initrd: string | null;
  readonly kernelArguments: readonly string[];
}

export interface NodeGroupNetwork {
  readonly bridge: string | null;
  readonly privateVLAN: number | null;
  /** Interfaces beside the one in the cluster's network. */
  readonly interfaces: readonly GroupInterface[];
  /** Looked at after those of the cluster's network; ignored where that has no firewall. */
  readonly firewall: readonly FirewallRule[];
}

/** One more interface of each machine of a group: what makes it dual-homed. */
export interface GroupInterface {
  /** Unique in the group, such as `public`. */
  readonly name: string;
  /** Linux bridge on the Proxmox hosts, such as `vmbr0`. A request may say `vmbr0.107`: bridge and VLAN in one. */
  readonly bridge: string;
  readonly privateVLAN: number | null;
  /** `null`: the interface has no address. */
  readonly cidr: string | null;
  readonly ipRange: string | null;
  /** At most one interface of a machine has the default route; with one here, the cluster's network has none. */
  readonly gateway: string | null;
  readonly mtu: number | null;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: TaintEffect;
}

export interface LifecycleConfiguration {
  /** The machine is needed only while the cluster is being made. */
  readonly temporary: boolean;
  readonly cleanupAfterBoot: boolean;
}

/** A service with the configuration of its type. */
export type ServiceDependency = { [T in ServiceType]: TypedService<T> }[ServiceType];

export interface TypedService<T extends ServiceType> {
  readonly name: string;
  readonly type: T;
  readonly configuration: ServiceConfigurations[T];
  readonly dependsOn: readonly string[];
  readonly required: boolean;
  readonly startupOrder: number;
}

export interface SecurityConfiguration {
  /** Kubernetes Secrets are encrypted in etcd. */
  readonly encryptSecretsAtRest: boolean;
  /** Public keys that may log in to each machine, beside the cluster's own. */
  readonly sshAuthorizedKeys: readonly string[];
}

export interface ValidationConfiguration {
  readonly waitForCluster: boolean;
  /** Soft limit for the cluster to become READY: past it the run says why it still waits. */
  readonly timeoutMinutes: number;
  readonly healthChecks: readonly HealthCheck[];
}

/** Settings of one distribution: see `domain/platform-config.ts`. */
export type PlatformConfig = Readonly<Record<string, unknown>>;
