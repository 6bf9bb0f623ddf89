/** A machine that is switched on, as the programs on it see it. */
import type { Duplex } from 'node:stream';
import type { Faults } from '../faults.js';
import type { Latency } from '../latency.js';
import type { LabMachine } from '../machine-host.js';
import type { Answerer, ConnectionHandler } from '../network/lab-network.js';
import type { CloudInitReport } from './cloud-init/report.js';
import type { Containers } from './containerd/containers.js';
import type { DiskTree } from './disk/disk-tree.js';
import type { RancherClusters } from './rancher/clusters.js';
import type { DhcpServer } from './networking/dhcp.js';
import type { NetworkInterfaces } from './networking/interfaces.js';
import type { BindAddress } from './networking/ports.js';
import type { NetworkStack } from './networking/network-stack.js';
import type { VrrpSegments } from './networking/vrrp-segments.js';
import type { Tables } from './nftables/ruleset.js';
import type { UnixSockets } from './unix-sockets.js';
import type { KubeadmClusters } from './kubeadm/clusters.js';
import type { OkdClusters } from './okd/clusters.js';
import type { Journal } from './systemd/journal.js';
import type { Services } from './systemd/services.js';

export interface GuestSystem {
  readonly machine: LabMachine;
  readonly disk: DiskTree;
  readonly latency: Latency;
  readonly faults: Faults;
  readonly journal: Journal;
  readonly services: Services;
  readonly cloudInit: CloudInitReport;
  readonly interfaces: NetworkInterfaces;
  /** The K3s clusters of the whole lab. */
  readonly clusters: RancherClusters;
  /** Those that kubeadm made. */
  readonly kubeadmClusters: KubeadmClusters;
  readonly okd: OkdClusters;
  /** What runs in containerd without a program of the lab's own. */
  readonly containers: Containers;
  /** Rules of the kernel's packet filter; gone with the power. */
  nftables: Tables;
  /** Milliseconds since the epoch. */
  readonly bootedAt: number;
  /** Aborted when the power goes. */
  readonly power: AbortSignal;

  /** Names, shared addresses, and what else is more than a connection. */
  readonly network: NetworkStack;
  /** The local sockets of this machine. */
  readonly sockets: UnixSockets;
  /** Those who share addresses with others of their segment. */
  readonly vrrp: VrrpSegments;

  /** Opens a port on all addresses of the machine or on one. @returns a function that closes it. */
  listen(port: number, handler: ConnectionHandler, address?: BindAddress): () => void;
  openPorts(): readonly number[];
  /** Connects to a machine of the lab, or to this one. @param host a name or an address. */
  dial(host: string, port: number): GuestConnection;
  /** Which machine a connection to the host would end at, also behind a load balancer. */
  trace(host: string, port: number): Traced;
  /** Whether packets get to the address and back. */
  reaches(address: string): boolean;
  reachesInternet(): boolean;
  /** Answers the machines of a segment. @returns a function that ends it. */
  serveDhcp(segment: string, server: DhcpServer): () => void;
  /** Notes a UDP endpoint such as `10.1.107.9:69` as open. @returns a function that closes it. */
  bindDatagrams(endpoint: string): () => void;
  openDatagrams(): readonly string[];
  /**
   * Lets `ms` of the lab's time pass. Rejects with the signal's reason when it is aborted.
   * @param atLeastMs of real time, for what would keep the host busy if it were repeated without end.
   */
  pause(ms: number, signal: AbortSignal, atLeastMs?: number): Promise<void>;
  /** Opens the SSH server until the signal is aborted. @returns false when there is no host key. */
  serveSsh(signal: AbortSignal): boolean;
  /** Goes down and, with `again`, comes up once more. Returns at once. */
  goDown(again: boolean): void;
}

export type GuestConnection =
  | { readonly kind: 'connected'; readonly stream: Duplex }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unreachable' }
  /** No name server knows the host. */
  | { readonly kind: 'unresolved' };

/** `address` is what the host's name stands for. */
export type Traced =
  | { readonly kind: 'answered'; readonly address: string; readonly by: Answerer }
  | { readonly kind: 'refused'; readonly address: string }
  | { readonly kind: 'unreachable'; readonly address: string }
  /** A balancer takes the connection and has nobody to give it to. */
  | { readonly kind: 'closed'; readonly address: string }
  | { readonly kind: 'unresolved' };

/** What systemd hands to the main program of a service: sd_notify(3) and its standard output. */
export interface ServiceLink {
  readonly pid: number;
  readonly ready: () => void;
  readonly log: (line: string) => void;
  /** What `kill -HUP`, `-USR1` and `-USR2` are to do; without a listener they end the program. */
  readonly onSignal: (listener: (signal: ReloadSignal) => void) => void;
}

export type ReloadSignal = 'HUP' | 'USR1' | 'USR2';
