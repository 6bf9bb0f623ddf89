/** What a Kubernetes distribution has to say about itself; everything else of the product is the same for all. */
import type { BootMethod, ClusterDefinition, ClusterType, NodeRole } from '../domain/cluster-definition.js';
import type { GuestStep } from '../domain/guest-step.js';
import type { Fault } from '../domain/errors.js';

export interface Platform {
  readonly type: ClusterType;
  readonly bootMethods: readonly BootMethod[];
  /** What of a well-formed definition this distribution cannot do. */
  faults(definition: ClusterDefinition): Fault[];
  /** Variables that the user's own first-boot commands see, so that they install what was asked for. */
  bootEnvironment(machine: PlatformMachine, cluster: PlatformCluster): Readonly<Record<string, string>>;
  /** What a machine needs before it may join; depends on no other machine. */
  prepare(machine: PlatformMachine, cluster: PlatformCluster): GuestStep[];
  /** Forms the cluster (first control-plane machine) or joins it. */
  join(machine: PlatformMachine, cluster: PlatformCluster): GuestStep[];
  /** Where the first control-plane machine keeps the administrator's kubeconfig. */
  readonly kubeconfigPath: string;
  /** Control-plane machines are members of an embedded etcd, and join one at a time. */
  embeddedEtcd(cluster: PlatformCluster): boolean;
}

export interface PlatformMachine {
  /** Host name and Kubernetes node name. */
  readonly name: string;
  readonly role: NodeRole;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly { readonly key: string; readonly value: string; readonly effect: string }[];
}

export interface PlatformCluster {
  readonly definition: ClusterDefinition;
  /** All control-plane machines; the first one forms the cluster. */
  readonly controlPlane: readonly PlatformMachine[];
  /** Where machines fetch the K3s installer from. */
  readonly k3sInstallUrl: string;
}
