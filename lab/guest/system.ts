/** A machine that is switched on, as the programs on it see it. */
import type { Duplex } from 'node:stream';
import type { Latency } from '../latency.js';
import type { LabMachine } from '../machine-host.js';
import type { ConnectionHandler } from '../network/lab-network.js';
import type { CloudInitReport } from './cloud-init/report.js';
import type { DiskTree } from './disk/disk-tree.js';
import type { K3sClusters } from './k3s/clusters.js';
import type { DhcpServer } from './networking/dhcp.js';
import type { NetworkInterfaces } from './networking/interfaces.js';
import type { Tables } from './nftables/ruleset.js';
import type { Journal } from './systemd/journal.js';
import type { Services } from './systemd/services.js';

export interface GuestSystem {
  readonly machine: LabMachine;
  readonly disk: DiskTree;
  readonly latency: Latency;
  readonly journal: Journal;
  readonly services: Services;
  readonly cloudInit: CloudInitReport;
  readonly interfaces: NetworkInterfaces;
  /** The K3s clusters of the whole lab. */
  readonly clusters: K3sClusters;
  /** Rules of the kernel's packet filter; gone with the power. */
  nftables: Tables;
  /** Milliseconds since the epoch. */
  readonly bootedAt: number;
  /** Aborted when the power goes. */
  readonly power: AbortSignal;

  /** Opens a port on all addresses of the machine. @returns a function that closes it. */
  listen(port: number, handler: ConnectionHandler): () => void;
  openPorts(): readonly number[];
  /** Connects to a machine of the lab, or to this one. */
  dial(address: string, port: number): GuestConnection;
  /** Whether packets get to the address and back. */
  reaches(address: string): boolean;
  reachesInternet(): boolean;
  /** Answers the machines of a segment. @returns a function that ends it. */
  serveDhcp(segment: string, server: DhcpServer): () => void;
  /** Notes a UDP endpoint such as `10.1.107.9:69` as open. @returns a function that closes it. */
  bindDatagrams(endpoint: string): () => void;
  openDatagrams(): readonly string[];
  /** Lets `ms` of the lab's time pass. Rejects with the signal's reason when it is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
  /** Opens the SSH server until the signal is aborted. @returns false when there is no host key. */
  serveSsh(signal: AbortSignal): boolean;
  /** Goes down and, with `again`, comes up once more. Returns at once. */
  goDown(again: boolean): void;
}

export type GuestConnection =
  | { readonly kind: 'connected'; readonly stream: Duplex }
  | { readonly kind: 'refused' }
  | { readonly kind: 'unreachable' };

/** What systemd hands to the main program of a service: sd_notify(3) and its standard output. */
export interface ServiceLink {
  readonly ready: () => void;
  readonly log: (line: string) => void;
}
