/** What keepalived's configuration says, as far as a pair of load balancers needs it. Times are in milliseconds. */
import type { InterfaceAddress } from '../networking/subnet.js';

export interface KeepalivedConfiguration {
  readonly scripts: readonly TrackScript[];
  readonly instances: readonly InstanceDefinition[];
  /** Names of instances that fail together. */
  readonly groups: readonly { readonly name: string; readonly members: readonly string[] }[];
}

export interface TrackScript {
  readonly name: string;
  readonly command: string;
  readonly user: string;
  readonly intervalMs: number;
  readonly timeoutMs: number;
  /** 0: the instance gives up when it fails. */
  readonly weight: number;
  readonly fall: number;
  readonly rise: number;
  readonly failsAtFirst: boolean;
}

export interface InstanceDefinition {
  readonly name: string;
  readonly startsAsMaster: boolean;
  readonly interface: string;
  readonly virtualRouterId: number;
  readonly priority: number;
  readonly advertMs: number;
  readonly isPreempting: boolean;
  readonly preemptDelayMs: number;
  readonly sourceAddress: string | null;
  /** `null`: multicast. */
  readonly peers: readonly string[] | null;
  readonly authentication: string | null;
  readonly addresses: readonly VirtualAddress[];
  readonly scripts: readonly { readonly name: string; readonly weight: number | null }[];
  readonly trackedInterfaces: readonly string[];
  readonly notify: { readonly [Role in 'master' | 'backup' | 'fault' | 'any']: string | null };
}

export interface VirtualAddress extends InterfaceAddress {
  /** `null`: the instance's. */
  readonly interface: string | null;
}
