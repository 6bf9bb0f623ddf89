/** What a Kubernetes distribution has to say about itself; everything else of the product is the same for all. */
import type {
  BootConfiguration,
  BootMethod,
  ClusterDefinition,
  ClusterType,
  MachineRole,
  NodeGroup,
  Taint,
} from '../domain/cluster-definition.js';
import type { Fault } from '../domain/errors.js';
import type { BalancedPort } from '../domain/load-balancer/balanced-port.js';
import type { GuestStep } from '../domain/guest-step.js';
import type { MachineStep } from '../domain/machine-step.js';
import type { JoinOrder } from '../domain/plan-steps.js';
import type { MachineSystem } from '../domain/plan.js';
import type { RestorePaths } from '../domain/restore/restore-paths.js';
import type { ApiEndpoint } from '../domain/services/api-endpoint.js';
import type { ServiceSettings } from './platform-input.js';

export interface Platform {
  readonly type: ClusterType;
  readonly bootMethods: readonly BootMethod[];
  /** Of the machines that are nodes; bastions and services are CLOUD_INIT. */
  readonly system: MachineSystem;
  /** What of a well-formed definition this distribution cannot do. */
  faults(definition: ClusterDefinition): Fault[];
  /** Made before anything else, once, and kept in the sealed store; files of steps name them: `{{secret:ca.crt}}`. */
  secrets(definition: ClusterDefinition): readonly ClusterSecret[];
  /** What can be reached through a load balancer, and which machines stand behind it. */
  readonly balanced: readonly BalancedPort[];
  /** Variables that the user's own first-boot commands see, so that they install what was asked for. */
  bootEnvironment(machine: PlatformMachine, cluster: PlatformCluster): Readonly<Record<string, string>>;
  /** What a machine needs before it may join; depends on no other machine. */
  prepare(machine: PlatformMachine, cluster: PlatformCluster): readonly MachineStep[];
  /** Forms the cluster (first control-plane machine) or joins it. */
  join(machine: PlatformMachine, cluster: PlatformCluster): readonly MachineStep[];
  /** What a machine that boots over the network boots; without it, what its group says. */
  networkBoot?(group: NodeGroup, definition: ClusterDefinition): BootConfiguration;
  /** What is done besides on the machine that others are installed from: the bastion, or the PXE server. */
  installHost?(definition: ClusterDefinition): readonly GuestStep[];
  /**
   * What is done on the only member of a control plane before others can join it. @param cluster with those others in it.
   */
  grow?(machine: PlatformMachine, cluster: PlatformCluster): readonly GuestStep[];
  /**
   * What is done on a machine that is part of the cluster, and emptied, to bring it to the version of the definition; it
   * may also be an older one, on a worker. Without it the distribution is not upgraded. Ids begin with `upgrade-`.
   */
  upgradeSteps?(machine: PlatformMachine, cluster: PlatformCluster): readonly MachineStep[];
  /**
   * Renews the certificates of a machine in place, and has what uses them start with them: its part of the control plane
   * is away for a moment. Left out, or without steps, where the machine renews its own.
   */
  certificateSteps?(machine: PlatformMachine): readonly GuestStep[];
  /** How the secret that lets machines in is replaced; left out where there is none, or none that can be. */
  readonly tokenRotation?: TokenRotation;
  /** Puts a snapshot of etcd back; left out where that cannot be done. */
  readonly restore?: PlatformRestore;
  /** Where the first control-plane machine keeps the administrator's kubeconfig; `null`: its API gives it. */
  readonly kubeconfigPath: string | null;
  /** Control-plane machines are members of an embedded etcd that nodes tell of in a condition of their own, `EtcdIsVoter`. */
  votes(cluster: PlatformCluster): boolean;
  joinOrder(definition: ClusterDefinition): JoinOrder;
  /** Version that a kubelet has to report; `null`: the distribution decides. */
  nodeVersion(definition: ClusterDefinition): string | null;
}

/** How a snapshot of its etcd is put back, in the order in which it is done. What is replaced is kept on the machine. */
export interface PlatformRestore {
  /** On each member that is there, before the first one is touched. */
  stop(): GuestStep;
  /** On the first member: it has the state of the snapshot then, and is the only member. It is started by `join`. */
  fromSnapshot(machine: PlatformMachine, cluster: PlatformCluster, paths: RestorePaths): GuestStep;
  /** On each further machine that is there: it can join by `join` then. */
  rejoin(machine: PlatformMachine, paths: RestorePaths): GuestStep;
  /** Path of etcd's own database, as `fromSnapshot` makes it. */
  readonly database: string;
}

export type { BalancedCheck, BalancedPort } from '../domain/load-balancer/balanced-port.js';

export type ClusterSecret =
  /** `name` holds so many random bytes, in hexadecimal unless said otherwise. */
  | {
      readonly kind: 'random';
      readonly name: string;
      readonly bytes: number;
      readonly encoding?: 'base64';
    }
  /** `name` holds a token of kubeadm: `abcdef.0123456789abcdef`. */
  | { readonly kind: 'kubeadm-token'; readonly name: string }
  /** `<name>.crt`, `<name>.key`, and in `<name>.sha256` the hash of its public key, in hexadecimal. */
  | { readonly kind: 'certificate-authority'; readonly name: string; readonly commonName: string }
  /** `<name>.key` and `<name>.pub`, of RSA with 2048 bits. */
  | { readonly kind: 'key-pair'; readonly name: string };

/**
 * The vault has the secret under its name, the new one as `next-<name>` before it counts, and the old one as
 * `replaced-<name>` until every machine has done without it: see `domain/secrets/rotation-names.ts`.
 */
export interface TokenRotation {
  /** Name of the secret. */
  readonly secret: string;
  readonly kind: 'random' | 'kubeadm-token';
  /** On one control-plane machine: from here on the cluster knows the new one. */
  readonly replace: (machine: PlatformMachine) => readonly GuestStep[];
  /** On each machine that has it in its settings: without effect until it restarts. */
  readonly spread: (machine: PlatformMachine) => readonly GuestStep[];
  /** On each machine in turn: it restarts with the new one. */
  readonly restart: (machine: PlatformMachine) => readonly GuestStep[];
  /** On one control-plane machine: the old one lets nobody in any more. */
  readonly withdraw: (machine: PlatformMachine) => readonly GuestStep[];
}

export interface PlatformMachine {
  /** Host name and Kubernetes node name. */
  readonly name: string;
  readonly role: MachineRole;
  readonly address: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

export interface PlatformCluster {
  readonly definition: ClusterDefinition;
  /** All control-plane machines; the first one forms the cluster. */
  readonly controlPlane: readonly PlatformMachine[];
  /** All machines that are nodes, with those of the control plane. */
  readonly nodes: readonly PlatformMachine[];
  /** Where the API is reached inside the cluster's network. */
  readonly endpoint: ApiEndpoint;
  readonly settings: ServiceSettings;
}

export type { ApiEndpoint } from '../domain/services/api-endpoint.js';
