/** What the Kubernetes API says of the cluster, cut down to what checks look at. */

export interface KubernetesFacts {
  readonly apiVersion: string;
  /** The single checks of `/readyz`. */
  readonly apiChecks: readonly { readonly name: string; readonly ok: boolean }[];
  /** Of quorum reads, milliseconds. */
  readonly apiLatencies: readonly number[];
  /** HTTP status by path, asked without credentials. */
  readonly anonymousAnswers: readonly { readonly path: string; readonly status: number }[];
  readonly nodes: readonly NodeFact[];
  readonly versions: { readonly api: string; readonly nodes: readonly NamedVersion[] };
  /** Shares of what is allocatable, from 0 to 1. */
  readonly nodeUsage: readonly NodeUsageFact[];
  readonly systemWorkloads: readonly WorkloadFact[];
  readonly systemPods: readonly PodFact[];
  readonly userWorkloads: readonly WorkloadFact[];
  readonly riskyPods: readonly { readonly pod: string; readonly why: string }[];
  readonly pendingPods: readonly WaitingFact[];
  readonly pendingClaims: readonly WaitingFact[];
  readonly pendingRequests: readonly WaitingFact[];
  readonly dnsEndpoints: { readonly ready: number };
  readonly namespaces: readonly NamespaceFact[];
  readonly access: AccessFact;
  readonly exposedServices: readonly { readonly service: string; readonly how: string }[];
  readonly operatorProblems: readonly string[];
  readonly defaultStorageClasses: readonly string[];
}

export interface NodeFact {
  readonly name: string;
  readonly ready: boolean;
  /** In the words of its Ready condition. */
  readonly why: string;
  /** Such as `DiskPressure`. */
  readonly pressures: readonly string[];
  readonly cordoned: boolean;
  /** `null` where nodes do not tell of it. */
  readonly votes: boolean | null;
}

export interface NamedVersion {
  readonly name: string;
  readonly version: string;
}

export interface NodeUsageFact {
  readonly name: string;
  readonly cpuShare: number;
  readonly memoryShare: number;
}

export interface WorkloadFact {
  /** Such as `Deployment kube-system/coredns`. */
  readonly name: string;
  readonly wanted: number;
  readonly available: number;
}

export interface PodFact {
  /** Such as `kube-system/coredns-0`. */
  readonly name: string;
  /** Why a container of it does not run; `null` when all do. */
  readonly waiting: string | null;
  readonly restarts: number;
}

/** Something that waits for somebody. */
export interface WaitingFact {
  readonly name: string;
  readonly seconds: number;
  readonly why: string;
}

export interface NamespaceFact {
  readonly name: string;
  /** For how long it has been going; `null`: it stays. */
  readonly goingSeconds: number | null;
  /** Level of Pod Security that is enforced. */
  readonly enforced: string | null;
}

export interface AccessFact {
  /** ClusterRoles that allow everything on everything, beside `cluster-admin`. */
  readonly wildcardRoles: readonly string[];
  readonly bindings: readonly BindingFact[];
}

export interface BindingFact {
  /** Such as `ClusterRoleBinding cluster-admin`. */
  readonly name: string;
  readonly role: string;
  /** Such as `Group system:masters`. */
  readonly subjects: readonly string[];
}
