/** What the services of a cluster are told, by type. Every field is present: the schema resolves the defaults. */

/** How the API of a cluster gets one address for several control-plane machines. */
export const LOAD_BALANCER_KINDS = ['HAPROXY', 'KUBE_VIP', 'EXTERNAL'] as const;
export type LoadBalancerKind = (typeof LOAD_BALANCER_KINDS)[number];

/** What a load balancer can forward; the distribution says which machines stand behind each. */
export const BALANCED_SERVICES = [
  'api',
  'ingress',
  'machine-config',
  'konnectivity',
  'rke2',
  'talos',
] as const;
export type BalancedService = (typeof BALANCED_SERVICES)[number];

export const DNS_KINDS = ['DNSMASQ', 'RFC2136'] as const;
export const TSIG_ALGORITHMS = ['hmac-sha256', 'hmac-sha384', 'hmac-sha512'] as const;
export type TsigAlgorithm = (typeof TSIG_ALGORITHMS)[number];

export const STORAGE_KINDS = ['PROXMOX_CSI', 'NFS'] as const;
export type StorageKind = (typeof STORAGE_KINDS)[number];

/** The VMs that a service of its own runs on. */
export interface ServiceMachines {
  /** Two keep a virtual address between them. */
  readonly count: 1 | 2;
  /** What `domain/image-source.ts` reads; `null` takes the installation's image for services. */
  readonly imageSource: string | null;
  readonly imageChecksum: string | null;
  readonly storage: string | null;
  readonly cores: number;
  readonly memoryMiB: number;
  readonly diskGiB: number;
  readonly targetNodes: readonly string[];
}

/** The side of a dual-homed load balancer that faces its clients. */
export interface PublicSide {
  readonly bridge: string;
  readonly vlan: number | null;
  readonly cidr: string;
  readonly ipRange: string;
  readonly gateway: string | null;
  /** The address that clients use; `null` takes the next free one of the range. With one VM it is the VM's own. */
  readonly address: string | null;
}

export interface LoadBalancerConfiguration {
  readonly kind: LoadBalancerKind;
  /** `null` unless the kind is HAPROXY. */
  readonly machines: ServiceMachines | null;
  /** `null`: it has one interface, in the cluster's network. */
  readonly publicSide: PublicSide | null;
  readonly services: readonly BalancedService[];
  /**
   * In the cluster's network, where machines reach it: of EXTERNAL it must be given; of the others `null` takes a free one
   * for a virtual address. One HAPROXY VM has no virtual address: it is the VM's own.
   */
  readonly address: string | null;
}

export interface DnsConfiguration {
  readonly kind: (typeof DNS_KINDS)[number];
  /** `null` unless the kind is DNSMASQ. */
  readonly machines: ServiceMachines | null;
  /** `null` unless the kind is RFC2136. */
  readonly server: {
    readonly address: string;
    readonly port: number;
    /** Where the records go, such as `lab.internal`. */
    readonly zone: string;
    readonly keyName: string;
    readonly keyAlgorithm: TsigAlgorithm;
    /** Name of the key in the service's configuration, `DNS_KEYS`. No secret stands in a definition. */
    readonly keySecret: string;
    readonly ttlSeconds: number;
  } | null;
}

export interface DhcpConfiguration {
  readonly machines: ServiceMachines;
  /** What reservations must lie in; `null`: the whole subnet. */
  readonly dhcpRange: string | null;
}

export interface PxeBootConfiguration {
  /** `null`: the cluster's BASTION machine serves. */
  readonly machines: ServiceMachines | null;
  readonly dhcpRange: string | null;
  /** Only machines of this cluster get addresses, each its own. */
  readonly staticAssignments: boolean;
}

export interface StorageConfiguration {
  readonly kind: StorageKind;
  readonly storageClass: string;
  /** Of NFS. */
  readonly server: string | null;
  readonly path: string | null;
  /** Of PROXMOX_CSI: the storage on Proxmox VE that volumes are made on. */
  readonly proxmoxStorage: string | null;
  /** Of PROXMOX_CSI: name of the API token in the service's configuration, `CSI_TOKENS_PATH`. No secret stands in a definition. */
  readonly token: string | null;
}

export interface MonitoringConfiguration {
  readonly namespace: string;
  /** On each node, in its own network. */
  readonly nodeExporterPort: number;
  /** On every node: those that scrape are outside of the cluster. */
  readonly kubeStateMetricsPort: number;
}

export interface ServiceConfigurations {
  readonly LOAD_BALANCER: LoadBalancerConfiguration;
  readonly DNS: DnsConfiguration;
  readonly DHCP: DhcpConfiguration;
  readonly PXE_BOOT: PxeBootConfiguration;
  readonly STORAGE: StorageConfiguration;
  readonly MONITORING: MonitoringConfiguration;
}
