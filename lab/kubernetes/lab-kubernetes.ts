/** The Kubernetes control planes of the lab: one API for each cluster that comes up on the lab's machines. */
import type { Socket } from 'node:net';
import type { Faults } from '../faults.js';
import type { Latency } from '../latency.js';
import type { LabState } from '../state.js';
import type { JsonObject } from './model/json.js';
import type { Draft, KubeObject } from './model/kube-object.js';
import type { CertificateSubject, Credential } from './pki/certificates.js';
import type { ClusterFile } from './store/cluster-files.js';
import { openControlPlane, removeControlPlane, type RunningControlPlane } from './control-plane.js';

/** Of etcd's members or of who of them runs. */
export interface EtcdChange {
  readonly kind: 'admitted' | 'promoted' | 'removed' | 'up' | 'down' | 'disk-removed';
  /** Name of the node, or of the disk. */
  readonly of: string;
}

/** What a cluster is made with. `components` are the packaged ones: coredns, traefik, servicelb, ... */
export interface ControlPlaneOptions {
  readonly distribution: 'k3s' | 'rke2' | 'kubeadm' | 'talos';
  /** As the distribution calls it, such as `v1.32.0+k3s1`. */
  readonly version: string;
  readonly podCidr: string;
  readonly serviceCidr: string;
  readonly clusterDomain: string;
  readonly components: readonly string[];
  /** Signs for servers and for clients, where it was made elsewhere before the cluster; left out, two are made. */
  readonly authority?: Credential;
}

export interface NodeTaint {
  readonly key: string;
  readonly value: string;
  readonly effect: string;
}

/** A machine that joins; `roles` become `node-role.kubernetes.io/` labels. */
export interface NodeRegistration {
  readonly name: string;
  readonly internalIp: string;
  readonly version: string;
  /** Ubuntu unless given. */
  readonly osImage?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly NodeTaint[];
  readonly cores: number;
  readonly memoryMiB: number;
  readonly roles: readonly string[];
  /** Left out where the cluster keeps its state elsewhere than in embedded etcd. */
  readonly etcd?: 'learner' | 'voter';
}

export interface LabKubernetes {
  /** Creates, or finds again after a restart, the control plane with this id. */
  open(id: string, options: ControlPlaneOptions): Promise<LabControlPlane>;
  /** Creates a control plane of what was kept of another one. */
  restore(id: string, file: ClusterFile): Promise<LabControlPlane>;
  /** Finds what was opened in this process. */
  find(id: string): LabControlPlane | undefined;
  /** Ends the control plane and forgets all that was in it. */
  remove(id: string): Promise<void>;
  /** Ends all control planes; their state stays. */
  close(): Promise<void>;
}

/** What a distribution answers in front of the API, whoever asks; `undefined` leaves a request to the API. */
export type Supervisor = (path: string, authorization: string | undefined) => SupervisorReply | undefined;

export interface SupervisorReply {
  readonly status: number;
  readonly body: string;
}

/** How parts of a distribution read and write objects as the cluster's own parts do; resources as in `nodes`, `deployments.apps`. */
export interface ControlPlaneObjects {
  get(resource: string, name: string): KubeObject | undefined;
  /** Creates what is not there; leaves what is there as it is. */
  ensure(resource: string, draft: Draft): void;
  /** Replaces the status of what is there. */
  change(resource: string, name: string, status: JsonObject): void;
}

export type WantedCertificate =
  { readonly subject: CertificateSubject } | { readonly names: readonly string[] };

export interface LabControlPlane {
  readonly id: string;
  /** SHA-256 of the CA in PEM, hexadecimal: the hash in `K10<hash>::server:<token>`. */
  readonly caHash: string;
  readonly caCertificatePem: string;
  /** Takes connections over: TLS and the API on each. The certificate is for `alternativeNames`, and for the API's names and address within the cluster. */
  serve(alternativeNames: readonly string[], supervisor?: Supervisor): (socket: Socket) => void;
  /** Takes connections to a web port of a node over, as the packaged ingress controller does. */
  serveIngress(node: string, port: number): (socket: Socket) => void;
  /** A kubeconfig YAML with an admin client certificate, the given one or that of the cluster, pointing at `server`, such as `https://10.0.0.5:6443`. */
  adminKubeconfig(server: string, admin?: Credential): Promise<string>;
  /** A certificate that lasts from now on, of the authority for clients or of the one for servers. */
  issue(wanted: WantedCertificate): Promise<Credential>;
  /** The kubelet of a machine registers its node, or tells anew about it. The node is not Ready before it is said to be. */
  registerNode(node: NodeRegistration): void;
  /** @param reason of the condition; `NodeStatusUnknown` means that the kubelet has gone silent. */
  setNodeReady(name: string, ready: boolean, reason?: string): void;
  /** K3s reports membership as the node condition EtcdIsVoter (reasons MemberIsLearner and MemberNotLearner). */
  setEtcdVoter(name: string, voter: boolean): void;
  /** Without a quorum the API answers everything but /livez with 500 "etcdserver: no leader". @param change that led to it. */
  setQuorum(hasQuorum: boolean, change?: EtcdChange): void;
  nodeNames(): string[];
  readonly objects: ControlPlaneObjects;
  isNodeReady(name: string): boolean;
  /** All that is kept of the cluster: what a snapshot of its etcd holds. */
  snapshot(): ClusterFile;
  /** Images of the pods that run on a node. */
  runningImages(node: string): readonly string[];
}

export interface LabKubernetesOptions {
  readonly state: LabState;
  readonly latency: Latency;
  readonly faults: Faults;
}

export function createLabKubernetes(options: LabKubernetesOptions): LabKubernetes {
  // The promise is kept too: two servers of one cluster may open it at the same time.
  const opening = new Map<string, Promise<RunningControlPlane>>();
  const running = new Map<string, RunningControlPlane>();

  async function start(
    id: string,
    settings: ControlPlaneOptions,
    file?: ClusterFile,
  ): Promise<RunningControlPlane> {
    try {
      const plane = await openControlPlane(id, settings, options, file);
      running.set(id, plane);
      return plane;
    } catch (error) {
      opening.delete(id);
      throw error;
    }
  }

  async function stop(id: string): Promise<void> {
    const plane = await opening.get(id)?.catch(() => undefined);
    opening.delete(id);
    running.delete(id);
    plane?.stop();
  }

  async function open(
    id: string,
    settings: ControlPlaneOptions,
    file?: ClusterFile,
  ): Promise<LabControlPlane> {
    const found = opening.get(id);
    if (found !== undefined) {
      (await found).configure(settings);
      return found;
    }
    const started = start(id, settings, file);
    opening.set(id, started);
    return started;
  }

  return {
    open,
    restore: (id, file) => open(id, file.options, file),
    find: (id) => running.get(id),
    remove: async (id) => {
      await stop(id);
      removeControlPlane(id, options.state);
    },
    close: async () => {
      await Promise.all([...opening.keys()].map(stop));
    },
  };
}
